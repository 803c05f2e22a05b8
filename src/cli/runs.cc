// kernelevolve runs
#include <ctime>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "engine/work_dir.h"
#include "store/open_store.h"

namespace kernelevolve::cli {
namespace {

struct RunLine {
  std::string name, task, target, state, reason, started;
  int64_t nodes = 0, accepted = 0;
  double best = 0;
  std::string best_stage;
  std::string trouble;  // why it cannot be read
};

std::string LocalTime(double wall_s) {
  const std::time_t seconds = static_cast<std::time_t>(wall_s);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &parts);
  return text;
}

Status ReadBest(Store& store, const RunRecord& record, RunLine& line) {
  if (record.best == 0) return {};
  ASSIGN_OR_RETURN(const std::vector<Evaluation> evaluations,
                   store.FindEvaluations(record.best));
  if (evaluations.empty()) return {};
  line.best = evaluations.back().speedup;
  line.best_stage = StageName(evaluations.back().stage);
  return {};
}

Status ReadLine(const fs::path& folder, RunLine& line) {
  ASSIGN_OR_RETURN(const auto store, OpenStore(folder, OpenMode::kReadOnly));
  ASSIGN_OR_RETURN(const std::optional<RunRecord> record, store->FindRun());
  if (!record) return BadInput("nothing recorded yet");
  line.task = record->task_name;
  line.target = record->target;
  line.state = record->state;
  line.reason = record->reason;
  line.started = LocalTime(record->created_wall_s);
  RETURN_IF_ERROR(store->VisitOutlines(0, [&](const NodeOutline& node) {
    ++line.nodes;
    line.accepted += node.status == VerdictStatus::kAccept;
    return true;
  }));
  return ReadBest(*store, *record, line);
}

Json LineJson(const RunLine& line) {
  Json json;
  json["run"] = line.name;
  if (!line.trouble.empty()) {
    json["error"] = line.trouble;
    return json;
  }
  json["task"] = line.task;
  json["target"] = line.target;
  json["state"] = line.state;
  json["reason"] = line.reason;
  json["started"] = line.started;
  json["nodes"] = line.nodes;
  json["accepted"] = line.accepted;
  json["speedup"] = line.best;
  json["stage"] = line.best_stage;
  return json;
}

std::vector<std::string> LineCells(const RunLine& line) {
  if (!line.trouble.empty())
    return {line.name, "cannot be read: " + Sanitize(line.trouble, 200)};
  return {line.name,
          line.target,
          line.state,
          line.started,
          format("{}", line.nodes),
          format("{}", line.accepted),
          line.best > 0 ? SpeedupText(line.best) : "-",
          line.best_stage};
}

}  // namespace

Result<int> RunRuns(const Arguments& arguments, Session& session) {
  bool json = false;
  std::string folder = kRunsFolder;
  Flags flags({"kernelevolve runs", "list the runs in a folder",
               "[DIR] [--json]", "kernelevolve runs"});
  flags.OptionalPositional("DIR", folder, "where the runs are (default ./runs)");
  flags.Switch("--json", json, "one object per run");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;

  if (std::error_code error;
      folder != kRunsFolder && !fs::is_directory(folder, error))
    return BadInput(format("'{}' is not a folder", folder));
  std::vector<std::vector<std::string>> rows = {
      {"run", "target", "state", "started", "nodes", "accepted", "best",
       "stage"}};
  for (const fs::path& path : ListRunFolders(folder)) {
    RunLine line{path.filename()};
    if (const Status read = ReadLine(path, line); !read)
      line.trouble = read.error().message;
    if (json) session.console.Out(DumpJson(LineJson(line)) + "\n");
    rows.push_back(LineCells(line));
  }
  if (json) return kDone;
  session.console.Out(rows.size() > 1
                          ? TableText(rows)
                          : format("No runs in {}; kernelevolve optimize TASK "
                                   "makes one.\n", folder));
  return kDone;
}

}  // namespace kernelevolve::cli
