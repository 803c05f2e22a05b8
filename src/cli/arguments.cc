#include "cli/arguments.h"

#include <charconv>

#include "base/format.h"
#include "base/text.h"
#include "cli/units.h"
#include "core/only_shapes.h"
#include "core/task_parser.h"
#include "engine/find_targets.h"
#include "engine/find_task_or_file.h"
#include "engine/kernelbench.h"
#include "engine/work_dir.h"
#include "store/open_store.h"

namespace kernelevolve::cli {
namespace {

Status CheckFits(const Task& task, const std::string& device_kind) {
  if (task.ShapesFor(device_kind).empty())
    return BadInput(format(
        "task '{}' has no shape for a {}; add one to [[shapes]] in its "
        "task.toml, or remove `for` from another",
        task.name, device_kind));
  return {};
}

// A run's folder by path or by its name under ./runs, or "" if there is none.
fs::path FindRunFolder(const std::string& text) {
  if (text.empty()) return {};
  for (const fs::path& folder : {fs::path(text), fs::path(kRunsFolder) / text})
    if (HoldsRun(folder)) return folder;
  return {};
}

tl::unexpected<Error> UnknownRun(const std::string& text) {
  std::vector<std::string> known;
  for (const fs::path& folder : ListRunFolders(kRunsFolder))
    known.push_back(folder.filename());
  const std::string name = fs::path(text).filename();
  const std::string near = Nearest(name.empty() ? text : name, known);
  std::string fix = "kernelevolve runs lists those in ./runs";
  if (!near.empty()) fix = "did you mean '" + near + "'?";
  return BadInput(format("'{}' holds no run, and neither does ./{}/{}; {}",
                         text, kRunsFolder, text, fix));
}

}  // namespace

Result<TaskAndTargets> FindTaskAndTargets(
    const std::string& task, const std::string& targets,
    const StopCondition& stop, const std::vector<std::string>& shapes) {
  TaskAndTargets found;
  ASSIGN_OR_RETURN(found.data, DataFolder());
  ASSIGN_OR_RETURN(found.targets, FindTargets(targets, found.data));
  const std::string& kind = found.targets.device_kind();
  ASSIGN_OR_RETURN(FoundTask named,
                   FindTaskOrFile(task, kind, found.data, stop));
  found.note = std::move(named.note);
  RETURN_IF_ERROR(CheckFits(named.task, kind));
  ASSIGN_OR_RETURN(
      found.task, OnlyShapes(named.task, shapes, kind));
  return found;
}

Result<TaskAndTarget> FindTaskAndTarget(
    const std::string& task, const std::string& target,
    const StopCondition& stop, const std::vector<std::string>& shapes) {
  if (target.find(',') != std::string::npos)
    return BadInput(format("--target {}: one target at a time (optimize and "
                           "its runs take several)",
                           Sanitize(target, 200)));
  ASSIGN_OR_RETURN(TaskAndTargets found, FindTaskAndTargets(task, target, stop, shapes));
  return TaskAndTarget{std::move(found.data), std::move(found.task),
                       found.targets.first(), std::move(found.note)};
}

std::string TaskWords(const std::string& task) {
  return IsTaskFolder(task) || IsKernelBenchFile(task)
             ? fs::absolute(task).lexically_normal().string()
             : task;
}

Result<RunReference> ParseRunReference(const std::string& text) {
  std::string trimmed = text;
  while (trimmed.size() > 1 && trimmed.back() == '/') trimmed.pop_back();
  if (fs::path folder = FindRunFolder(trimmed); !folder.empty())
    return RunReference{std::move(folder), 0};
  const size_t slash = trimmed.rfind('/');
  if (slash == std::string::npos) return UnknownRun(trimmed);
  const std::string number = trimmed.substr(slash + 1);
  RunReference reference;
  const auto [end, error] = std::from_chars(
      number.data(), number.data() + number.size(), reference.node);
  reference.folder = FindRunFolder(trimmed.substr(0, slash));
  if (reference.folder.empty()) return UnknownRun(trimmed);
  if (error != std::errc() || end != number.data() + number.size() ||
      reference.node < 1)
    return BadInput(format("'{}': found node '{}', expected its number, as in "
                           "{}/1", text, number, reference.folder.string()));
  return reference;
}

Result<RunReference> ParseNodeReference(const std::string& text) {
  ASSIGN_OR_RETURN(RunReference reference, ParseRunReference(text));
  if (reference.node == 0)
    return BadInput(format("'{}' names a run; expected one of its nodes, as in "
                           "{}/1", text, reference.folder.string()));
  return reference;
}

Result<ParameterValues> ParseSettings(
    const std::vector<std::string>& settings) {
  ParameterValues values;
  for (const std::string& setting : settings) {
    const size_t equals = setting.find('=');
    if (equals == 0 || equals == std::string::npos ||
        equals + 1 == setting.size())
      return BadInput(format("--set: found '{}', expected NAME=VALUE", setting));
    const std::string name = setting.substr(0, equals);
    if (!values.emplace(name, setting.substr(equals + 1)).second)
      return BadInput(format("--set: {} is given twice", name));
  }
  return values;
}

void AppendShapeFlags(const std::vector<std::string>& shapes,
                      std::vector<std::string>& words) {
  for (const std::string& shape : shapes)
    words.insert(words.end(), {"--shape", shape});
}

std::string ToString(const MeasureCommand& command) {
  std::vector<std::string> words = {command.program, "evaluate", command.task,
                                    command.kernel, "--stage", "final"};
  if (command.target != kDefaultTarget) {
    words.push_back("--target");
    words.push_back(command.target);
  }
  AppendShapeFlags(command.shapes, words);
  ParameterValues defaults;
  if (const auto space = ParseTuneSpace(command.candidate->source))
    defaults = space->Defaults();
  for (const auto& [name, value] : command.candidate->parameters) {
    const auto it = defaults.find(name);
    if (it != defaults.end() && it->second == value) continue;
    words.push_back("--set");
    words.push_back(name + "=" + value);
  }
  return ShellCommand(words);
}

}  // namespace kernelevolve::cli
