// kernelevolve show
#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/profile_text.h"
#include "cli/run_text.h"
#include "cli/summary_text.h"
#include "cli/units.h"
#include "core/evaluation_json.h"
#include "engine/finished_run.h"
#include "store/open_store.h"

namespace kernelevolve::cli {
namespace {

struct ShowOptions {
  std::string run;
  bool source = false, prompt = false, json = false;
};

Json NodeJson(const Node& node, const std::vector<Evaluation>& evaluations) {
  Json json;
  json["node"] = node.id;
  json["parents"] = node.parents;
  json["kind"] = NodeKindName(node.kind);
  json["id"] = node.candidate.Id();
  json["origin"] = node.origin;
  json["description"] = node.description;
  json["parameters"] = node.candidate.parameters;
  json["evaluations"] = Json::array();
  for (const Evaluation& evaluation : evaluations)
    json["evaluations"].push_back(ToJson(evaluation, node.candidate.label));
  json["source"] = node.candidate.source;
  return json;
}

std::string NodeText(const Node& node,
                     const std::vector<Evaluation>& evaluations,
                     const std::string& delta) {
  std::string text = format("node {}: {}, {}\n", node.id,
                            NodeKindName(node.kind), NodeName(node));
  if (!node.parents.empty())
    text += format("  made from node {}\n", node.parents.front());
  if (!node.origin.empty())
    text += format("  origin: {}\n", Sanitize(node.origin, 500));
  for (const auto& [name, value] : node.candidate.parameters)
    text += format("  {} = {}\n", Sanitize(name, 100), Sanitize(value, 100));
  for (const Evaluation& evaluation : evaluations)
    text += EvaluationText(evaluation, format("node {}", node.id),
                           {.explain = true, .show_search_hint = false});
  return text + delta + "\n";
}

// What its profile shows against that of the node it was made from.
Result<std::string> DeltaText(Store& store, const Node& node) {
  if (node.parents.empty() || !node.evaluation.profile) return "";
  ASSIGN_OR_RETURN(const std::optional<Node> parent,
                   store.FindNode(node.parents.front()));
  if (!parent || !parent->evaluation.profile) return "";
  return ProfileDeltaText(*parent->evaluation.profile,
                          *node.evaluation.profile);
}

// Exactly what was sent: byte for byte into a file, harmless on a terminal.
Result<int> ShowPrompts(Store& store, NodeId node, Session& session) {
  ASSIGN_OR_RETURN(const std::vector<PromptRecord> prompts,
                   store.FindPrompts(node));
  if (prompts.empty())
    return BadInput(format("no model made node {}", node));
  for (const PromptRecord& prompt : prompts) {
    session.console.Out(format(
        "==== {}: {}, {} tokens in, {} out, {:.1f} s\n", prompt.purpose,
        Sanitize(prompt.model, 200), prompt.input_tokens, prompt.output_tokens,
        prompt.seconds));
    for (const PromptMessage& message : prompt.messages) {
      session.console.Out(format("---- {}\n", message.role));
      session.console.Out(session.console.interactive()
                              ? Sanitize(message.text, message.text.size())
                              : message.text);
      session.console.Out("\n");
    }
  }
  return kDone;
}

Result<int> ShowNode(const RunReference& reference, const ShowOptions& options,
                     Session& session) {
  ASSIGN_OR_RETURN(const auto store,
                   OpenStore(reference.folder, OpenMode::kReadOnly));
  ASSIGN_OR_RETURN(const std::optional<Node> node,
                   store->FindNode(reference.node));
  if (!node)
    return BadInput(format("{} has no node {}", reference.folder.string(),
                           reference.node));
  if (options.prompt) return ShowPrompts(*store, node->id, session);
  ASSIGN_OR_RETURN(const std::vector<Evaluation> evaluations,
                   store->FindEvaluations(node->id));
  if (options.json) {
    session.console.Out(DumpJson(NodeJson(*node, evaluations)) + "\n");
    return kDone;
  }
  ASSIGN_OR_RETURN(const std::string delta, DeltaText(*store, *node));
  if (!options.source)
    session.console.Out(NodeText(*node, evaluations, delta));
  // Byte for byte into a file, but a terminal is not a candidate's to control.
  const std::string& source = node->candidate.source;
  session.console.Out(session.console.interactive()
                          ? Sanitize(source, source.size())
                          : source);
  return kDone;
}

Result<int> ShowRun(const RunReference& reference, const ShowOptions& options,
                    Session& session) {
  if (options.source || options.prompt)
    return BadInput(format("{} needs a node, as in {}/1",
                           options.source ? "--source" : "--prompt",
                           options.run));
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(const FinishedRun run, ReadRun(reference.folder, data));
  const bool folder = run.task_words.starts_with("/");
  const RunCommands commands{session.program,
                             folder ? ShownPath(run.task_words) : run.task_words,
                             run.record.target};
  session.console.Out(options.json
                          ? DumpJson(SummaryJson(run.summary, commands)) + "\n"
                          : RunText(run, commands));
  return kDone;
}

}  // namespace

Result<int> RunShow(const Arguments& arguments, Session& session) {
  ShowOptions options;
  Flags flags({"kernelevolve show", "what a run found, or one of its nodes",
               "RUN[/NODE] [flags]",
               "kernelevolve show runs/softmax-20260102-030405/17 --source"});
  flags.Positional("RUN[/NODE]", options.run,
                   "a run's folder or its name in ./runs");
  flags.Switch("--source", options.source, "only the node's source");
  flags.Switch("--prompt", options.prompt,
               "what was said to the model for it, and what it answered");
  flags.Switch("--json", options.json, "as one object");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const RunReference reference, ParseRunReference(options.run));
  return reference.node == 0 ? ShowRun(reference, options, session)
                             : ShowNode(reference, options, session);
}

}  // namespace kernelevolve::cli
