#include "core/task_parser.h"

#include <algorithm>
#include <utility>

#include "core/parse/draft.h"

namespace kernelevolve {
namespace {

using parse::Diagnostics;
using parse::Draft;
using parse::TableReader;

void ReadParts(TableReader& top, Draft& draft) {
  ReadNames(top, draft);
  ReadTensors(top, draft);
  ReadAttributes(top, draft);
  ReadShapes(top, draft);
  ReadOnlyShapes(top, draft);
  ReadDomain(top, draft);
  ReadCost(top, draft);
  ReadReference(top, draft);
  ReadBaselines(top, draft);
  ReadObjective(top, draft);
  ReadTolerance(top, draft);
  top.Finish();
}

ParsedTask Hopeless(int line, std::string found, std::string expected) {
  return {{}, {{"task.toml", line, "", std::move(found), std::move(expected)}}};
}

// All shapes of the file were checked; from here on some are not there.
void LeaveOutShapes(Task& task) {
  if (task.only_shapes.empty()) return;
  const auto left_out =
      std::erase_if(task.shapes, [&](const ShapeCase& shape) {
        return std::find(task.only_shapes.begin(), task.only_shapes.end(),
                         shape.name) == task.only_shapes.end();
      });
  task.shapes_left_out = static_cast<int>(left_out);
}

// The task travels and is digested with the files it names, and no others.
std::map<std::string, std::string> KeepNamed(
    const Task& task, std::map<std::string, std::string> files) {
  std::map<std::string, std::string> kept;
  const auto keep = [&](const std::string& path) {
    if (const auto it = files.find(path); it != files.end()) kept.insert(*it);
  };
  keep("task.toml");
  for (const std::string& path : TaskFiles(task)) keep(path);
  return kept;
}

}  // namespace

std::vector<std::string> TaskFiles(const Task& task) {
  std::vector<std::string> paths;
  const auto add = [&](const std::string& path) {
    if (!path.empty()) paths.push_back(path);
  };
  add(task.reference_cpp);
  add(task.reference_torch);
  for (const BaselineSpec& baseline : task.baselines) {
    add(baseline.cpp);
    add(baseline.torch);
  }
  return paths;
}

ParsedTask ParseTask(std::map<std::string, std::string> files) {
  const auto text = files.find("task.toml");
  if (text == files.end()) return Hopeless(0, "nothing", "a task description");
  const auto root = ParseToml(text->second);
  if (!root)
    return Hopeless(root.error().line, "a mistake: " + root.error().message,
                    "TOML");
  Diagnostics mistakes;
  Draft draft;
  TableReader top(*root, "", mistakes);
  ReadParts(top, draft);
  CheckWhole(*root, files, draft, mistakes);
  LeaveOutShapes(draft.task);
  draft.task.files = KeepNamed(draft.task, std::move(files));
  return {std::move(draft.task), mistakes.Take()};
}

}  // namespace kernelevolve
