// open_run, report, close_run
#include "base/format.h"
#include "base/text.h"
#include "cli/mcp/schemas.h"
#include "cli/mcp/tools.h"
#include "cli/run_text.h"
#include "cli/units.h"
#include "core/only_shapes.h"
#include "engine/finished_run.h"

namespace kernelevolve::cli::mcp {
namespace {

constexpr int64_t kWindowTokens = 64 << 10;

Json OpenSchema() {
  Json properties;
  properties["task"] = Text(
      "a shipped task's name or a task's folder; may be absent where `run` "
      "names an existing run");
  properties["target"] =
      Text("language@device (cpp@native, or that of the existing run); several "
           "of one device share a run: triton@sm_90,cuda@sm_90");
  properties["run"] = Text(
      "the run's folder, or its name under ./runs: an existing one is gone on "
      "with (default: a new one, runs/TASK-TIME)");
  properties["shapes"] =
      Names("only these of the task's listed shapes (all, or those that an "
            "existing run began with)");
  properties["memory"] =
      OneOf("what node_context tells of the history (both)",
            {"parent", "siblings", "both", "none"});
  properties["window_tokens"] =
      Whole("a prompt of node_context takes no more than this, less 8192 for "
            "an answer (65536)",
            kLeastWindowTokens, 4 << 20);
  return ArgumentSchema(std::move(properties), {});
}

Result<ToolResult> Open(const ToolParts& parts, const Json& arguments,
                        const ToolContext& context) {
  OpenRequest request;
  request.task = GetString(arguments, "task").value_or("");
  request.target = GetString(arguments, "target").value_or("");
  request.folder = GetString(arguments, "run").value_or("");
  for (const Json& shape : GetMember(arguments, "shapes"))
    request.shapes.push_back(shape.get<std::string>());
  request.memory = ParseMemory(GetString(arguments, "memory").value_or("both"))
                       .value_or(Memory::kBoth);
  request.window_tokens =
      GetInteger(arguments, "window_tokens").value_or(kWindowTokens);
  ASSIGN_OR_RETURN(const std::shared_ptr<OpenRun> open,
                   parts.runs.Open(request, context.stop));
  const AgentRun& run = *open->run;
  const std::string note = OnlyShapesNote(run.task());
  ToolResult result;
  result.text = format(
      "run {}: {} on {}, {}{}\nfolder {}\ndevice {}, {}\n"
      "node_context without a node says what to write first{}.\n",
      run.name(), run.task().name, run.targets().Name(),
      Counted(run.nodes(), "node"), note.empty() ? "" : "\n" + note,
      run.folder().string(),
      run.executor().device, run.executor().toolchain,
      run.targets().several() ? ", in the `language` that it is asked for" : "");
  result.structured = {{"run", run.name()},
                       {"folder", run.folder().string()},
                       {"task", run.task().name},
                       {"target", run.targets().Name()},
                       {"languages", run.targets().Languages()},
                       {"shapes", run.task().only_shapes},
                       {"nodes", run.nodes()},
                       {"device", run.executor().device},
                       {"toolchain", run.executor().toolchain}};
  return result;
}

RunCommands CommandsOf(const ToolParts& parts, const AgentRun& run) {
  const std::string& words = run.task_words();
  return {parts.program, words.starts_with("/") ? ShownPath(words) : words,
          run.targets().Name(), run.task().only_shapes};
}

Json ReportJson(const FinishedRun& run, const RunCommands& commands) {
  Json json = SummaryJson(run.summary, commands);
  json.erase("event");
  json["ranking"] = Json::array();
  for (const Node* node : BestOfSearch(run))
    json["ranking"].push_back({{"node", node->id},
                               {"speedup", node->fitness},
                               {"description", NodeName(*node)}});
  return json;
}

Result<ToolResult> Report(const ToolParts& parts, const Json& arguments,
                          const ToolContext& context) {
  ASSIGN_OR_RETURN(
      const std::shared_ptr<OpenRun> open,
      parts.runs.Find(GetString(arguments, "run").value_or("")));
  if (GetBool(arguments, "final").value_or(false))
    RETURN_IF_ERROR(open->run->Finalize(context.stop));
  ASSIGN_OR_RETURN(const FinishedRun run,
                   ReadRun(open->run->folder(), parts.data));
  const RunCommands commands = CommandsOf(parts, *open->run);
  return ToolResult{RunText(run, commands), ReportJson(run, commands)};
}

Result<ToolResult> Close(const ToolParts& parts, const Json& arguments) {
  const std::string name = GetString(arguments, "run").value_or("");
  RETURN_IF_ERROR(parts.runs.Close(name));
  return ToolResult{format("{} is closed; its folder stays, and open_run goes "
                           "on with it.\n",
                           Sanitize(name, 300))};
}

Json RunArgument() { return Text("of open_run"); }

}  // namespace

void AddRunTools(const ToolParts& parts, ToolBox& tools) {
  tools.Add({"open_run",
             "Opens a run, which keeps every kernel that is submitted with its "
             "verdict, and starts the judge. Takes some seconds.",
             OpenSchema(), false,
             [parts](const Json& arguments, const ToolContext& context) {
               return Open(parts, arguments, context);
             }});
  tools.Add(
      {"report",
       "What a run has found: the best kernel, its lineage, the ranking. "
       "Numbers of single submissions only rank (search stage). With `final` "
       "the best are measured again on fresh inputs, the winner in the final "
       "stage: the only number that is a result. That takes minutes.",
       ArgumentSchema({{"run", RunArgument()},
                  {"final", Switch("confirm and final stage (false)")}},
                 {"run"}),
       false, [parts](const Json& arguments, const ToolContext& context) {
         return Report(parts, arguments, context);
       }});
  tools.Add({"close_run",
             "Closes a run and ends its workers; its folder stays.",
             ArgumentSchema({{"run", RunArgument()}}, {"run"}), false,
             [parts](const Json& arguments, const ToolContext&) {
               return Close(parts, arguments);
             }});
}

}  // namespace kernelevolve::cli::mcp
