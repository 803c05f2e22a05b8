// kernelevolve task list | check | new
#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/new_task.h"
#include "cli/units.h"
#include "cli/workers.h"
#include "core/task_parser.h"

namespace kernelevolve::cli {
namespace {

std::string ShapeNames(const Task& task) {
  std::vector<std::string> names;
  for (const ShapeCase& shape : task.ShapesFor("cpu")) names.push_back(shape.name);
  return Join(names, " ");
}

std::string TaskLine(const std::string& name, const Result<Task>& task,
                     bool json) {
  if (json) {
    Json line;
    line["task"] = name;
    line["summary"] = task ? task->summary : "";
    line["operator"] = task ? task->operator_family : "";
    if (!task) line["error"] = task.error().message;
    return DumpJson(line) + "\n";
  }
  if (!task) return format("  {:<22}{}\n", name, task.error().message);
  return format("  {:<22}{}\n", name, task->summary);
}

Result<int> RunList(const Arguments& arguments, Session& session) {
  bool json = false;
  Flags flags({"kernelevolve task list", "the shipped tasks", "[--json]",
               "kernelevolve task list"});
  flags.Switch("--json", json, "one object per task");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  for (const std::string& name : ShippedTaskNames(data))
    session.console.Out(TaskLine(name, FindTask(name, data), json));
  return kDone;
}

struct CheckOptions {
  std::string task, target = kDefaultTarget;
  bool json = false, unsafe = false;
};

Flags MakeCheckFlags(CheckOptions& options) {
  Flags flags({"kernelevolve task check",
               "is a task sound enough to be searched?", "TASK [flags]",
               "kernelevolve task check ./my_task"});
  flags.Positional("TASK", options.task,
                   "a task's folder, a shipped name, or a KernelBench file");
  flags.Text("--target", "T", options.target,
             "language@device (default cpp@native)");
  flags.Switch("--json", options.json, "one object per finding");
  flags.Switch("--unsafe-no-sandbox", options.unsafe,
               "run the reference with your own rights");
  return flags;
}

std::string FindingText(const wire::TaskFinding& finding, bool json) {
  if (json) {
    Json line;
    line["ok"] = finding.ok;
    line["check"] = finding.check;
    line["detail"] = finding.detail;
    return DumpJson(line) + "\n";
  }
  return format("  {:<4}  {}{}\n", finding.ok ? "ok" : "FAIL",
                Sanitize(finding.check, 200),
                finding.detail.empty() ? ""
                                       : ": " + Sanitize(finding.detail, 4000));
}

Result<int> RunCheck(const Arguments& arguments, Session& session) {
  CheckOptions options;
  Flags flags = MakeCheckFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const TaskAndTarget found,
                   FindTaskAndTarget(options.task, options.target,
                                     session.stop));
  if (!options.json)
    session.console.Out(format("{}: task.toml is valid; shapes for {}: {}\n",
                               found.task.name, found.target.Name(),
                               ShapeNames(found.task)));
  ASSIGN_OR_RETURN(Workers workers,
                   StartWorkers(found.target, {1, options.unsafe}, session));
  ASSIGN_OR_RETURN(
      const std::vector<wire::TaskFinding> findings,
      workers.pool->CheckTask(found.task, found.target, session.stop));
  for (const wire::TaskFinding& finding : findings)
    session.console.Out(FindingText(finding, options.json));
  const bool sound = !findings.empty() &&
                     std::all_of(findings.begin(), findings.end(),
                                 [](const auto& finding) { return finding.ok; });
  if (!options.json)
    session.console.Out(sound ? "The task is sound.\n"
                              : "The task is not fit to be searched.\n");
  return sound ? kDone : kNothing;
}

Result<int> RunNew(const Arguments& arguments, Session& session) {
  std::string name, folder = ".";
  Flags flags({"kernelevolve task new",
               "start a task of your own from a working example",
               "NAME [--dir DIR]", "kernelevolve task new my_kernel"});
  flags.Positional("NAME", name, "small letters, digits and _");
  flags.Text("--dir", "DIR", folder, "where its folder is made (default .)");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path made, WriteNewTask(name, folder));
  const std::string path = made.is_absolute() ? made.string()
                                              : "./" + made.string();
  session.console.Out(format(
      "Wrote {0}: task.toml and reference.cc, a working example to edit.\n"
      "Next:\n  {1}\n  {2}\n",
      made.string(), ShellCommand({session.program, "task", "check", path}),
      ShellCommand({session.program, "optimize", path, "--minutes", "1"})));
  return kDone;
}

std::string TaskHelp() {
  return "kernelevolve task: list, check or start a task\n\n"
         "  list         the shipped tasks\n"
         "  check TASK   is a task sound enough to be searched?\n"
         "  new NAME     start a task of your own from a working example\n\n"
         "kernelevolve task WORD --help explains one; docs/task-format.md "
         "describes the file.\n\n"
         "Example:\n  kernelevolve task new my_kernel\n";
}

}  // namespace

Result<int> RunTask(const Arguments& arguments, Session& session) {
  const std::string word = arguments.empty() ? "" : arguments.front();
  const Arguments rest(arguments.begin() + (arguments.empty() ? 0 : 1),
                       arguments.end());
  if (word == "list") return RunList(rest, session);
  if (word == "check") return RunCheck(rest, session);
  if (word == "new") return RunNew(rest, session);
  if (word == "--help" || word == "-h")
    return session.console.Out(TaskHelp()), kDone;
  const std::string near = Nearest(word, {"list", "check", "new"});
  return BadInput(format("task: found '{}', expected list, check or new{}", word,
                         near.empty() ? "" : "; did you mean " + near + "?"));
}

}  // namespace kernelevolve::cli
