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
#include "engine/recorded_options.h"
#include "engine/recorded_run.h"
#include "llm/recording_client.h"
#include "store/open_store.h"

namespace kernelevolve::cli {
namespace {

struct ShowOptions {
  std::string run;
  bool source = false, prompt = false, json = false;
};

// What one node cost: the calls that made it, its trips through the judge.
struct NodeCost {
  Spending spending;
  JudgeTime judging;
};

Result<NodeCost> CostOf(Store& store, NodeId node,
                        const std::vector<Evaluation>& evaluations) {
  NodeCost cost;
  ASSIGN_OR_RETURN(cost.spending, store.FindSpending(node));
  for (const Evaluation& evaluation : evaluations)
    cost.judging.Add(evaluation.phases);
  return cost;
}

std::string CostText(const NodeCost& cost) {
  std::string text = "  cost: " + JudgeTimeText(cost.judging);
  if (cost.spending.calls > 0)
    text += format("; model: {}, {:.1f} s waited", SpendingText(cost.spending),
                   cost.spending.seconds);
  return text + "\n";
}

Json NodeJson(const Node& node, const std::vector<Evaluation>& evaluations,
              const NodeCost& cost) {
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
  json["cost"] = CostJson(cost.spending, cost.judging);
  json["source"] = node.candidate.source;
  return json;
}

std::string NodeText(const Node& node,
                     const std::vector<Evaluation>& evaluations,
                     const NodeCost& cost, const std::string& delta) {
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
  return text + delta + CostText(cost) + "\n";
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

void ShowMessage(const std::string& role, const std::string& text,
                 Console& console) {
  console.Out(format("---- {}\n", Sanitize(role, 40)));
  // Byte for byte into a file, harmless on a terminal.
  console.Out(console.interactive() ? Sanitize(text, text.size()) : text);
  console.Out("\n");
}

// What a stand-in answered, as far as its recording keeps it.
void ShowRecordedWords(const PromptRecord& prompt, const Recording& recording,
                       Console& console) {
  if (!prompt.provider.starts_with(kWordedOtherwise)) return;
  const auto asked = recording.Asked(RequestOfStandIn(prompt.provider));
  console.Out(asked.empty()
                  ? "the answer is a recorded one, to other words than those "
                    "below; the recording does not keep them\n"
                  : "the answer is a recorded one, to these words and not to "
                    "those below them:\n");
  for (const AskedMessage& message : asked)
    ShowMessage("recorded " + message.role, message.text, console);
}

// That the run played; empty where it played none, or it is gone.
Result<Recording> RecordingOfRun(Store& store) {
  ASSIGN_OR_RETURN(const std::optional<RunRecord> run, store.FindRun());
  if (!run) return Recording();
  ASSIGN_OR_RETURN(const RecordedOptions options,
                   RecordedOptionsFromText(run->options_json));
  const fs::path file = PlayedRecording(options.author.models);
  Result<Recording> recording = ReadRecording(file);
  return recording ? std::move(recording) : Result<Recording>(Recording());
}

Json PromptsJson(const std::vector<PromptRecord>& prompts,
                 const Recording& recording) {
  Json list = Json::array();
  for (const PromptRecord& prompt : prompts) {
    Json json = {{"purpose", prompt.purpose},
                 {"model", prompt.model},
                 {"input_tokens", prompt.input_tokens},
                 {"output_tokens", prompt.output_tokens},
                 {"dollars", prompt.dollars},
                 {"seconds", prompt.seconds},
                 {"stand_in", prompt.provider.starts_with(kWordedOtherwise)},
                 {"messages", Json::array()}};
    for (const PromptMessage& message : prompt.messages)
      json["messages"].push_back({{"role", message.role},
                                  {"text", message.text}});
    for (const AskedMessage& message :
         recording.Asked(RequestOfStandIn(prompt.provider)))
      json["recorded"].push_back({{"role", message.role},
                                  {"text", message.text}});
    list.push_back(std::move(json));
  }
  return list;
}

// Exactly what was sent.
Result<int> ShowPrompts(Store& store, NodeId node, bool as_json,
                        Session& session) {
  ASSIGN_OR_RETURN(const std::vector<PromptRecord> prompts,
                   store.FindPrompts(node));
  if (prompts.empty())
    return BadInput(format("no model made node {}", node));
  ASSIGN_OR_RETURN(const Recording recording, RecordingOfRun(store));
  if (as_json) {
    session.console.Out(
        DumpJson({{"node", node}, {"prompts", PromptsJson(prompts, recording)}}) +
        "\n");
    return kDone;
  }
  for (const PromptRecord& prompt : prompts) {
    session.console.Out(format(
        "==== {}: {}, {} tokens in, {} out, {:.1f} s{}\n", prompt.purpose,
        Sanitize(prompt.model, 200), prompt.input_tokens, prompt.output_tokens,
        prompt.seconds,
        prompt.dollars > 0 ? format(", ${:.4f}", prompt.dollars) : ""));
    ShowRecordedWords(prompt, recording, session.console);
    for (const PromptMessage& message : prompt.messages)
      ShowMessage(message.role, message.text, session.console);
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
  if (options.prompt) return ShowPrompts(*store, node->id, options.json, session);
  ASSIGN_OR_RETURN(const std::vector<Evaluation> evaluations,
                   store->FindEvaluations(node->id));
  ASSIGN_OR_RETURN(const NodeCost cost,
                   CostOf(*store, node->id, evaluations));
  if (options.json) {
    session.console.Out(DumpJson(NodeJson(*node, evaluations, cost)) + "\n");
    return kDone;
  }
  ASSIGN_OR_RETURN(const std::string delta, DeltaText(*store, *node));
  if (!options.source)
    session.console.Out(NodeText(*node, evaluations, cost, delta));
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
                             run.record.target, run.task.only_shapes};
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
