#include "core/only_shapes.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "core/task_parser.h"

namespace kernelevolve {
namespace {

std::vector<std::string> NamesOf(const std::vector<ShapeCase>& shapes) {
  std::vector<std::string> names;
  for (const ShapeCase& shape : shapes) names.push_back(shape.name);
  return names;
}

bool Holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

}  // namespace

Result<Task> OnlyShapes(const Task& task, const std::vector<std::string>& names,
                        const std::string& device_kind) {
  if (names.empty()) return task;
  const std::vector<std::string> known = NamesOf(task.ShapesFor(device_kind));
  for (const std::string& name : names)
    if (!Holds(known, name))
      return BadInput(format("--shape: found '{}', expected a shape that the "
                             "task {} lists for a {}: {}",
                             Sanitize(name, 64), task.name, device_kind,
                             Join(known, ", ")));
  // In the task's order, so that one choice has one digest.
  std::vector<std::string> chosen;
  for (const std::string& name : known)
    if (Holds(names, name)) chosen.push_back('"' + name + '"');
  if (!task.only_shapes.empty()) {
    if (chosen.size() == task.shapes.size()) return task;
    return BadInput(format("--shape: the task {} was cut down to {} already, by "
                           "only_shapes in its task.toml",
                           task.name, Join(NamesOf(task.shapes), ", ")));
  }
  std::map<std::string, std::string> files = task.files;
  std::string& text = files["task.toml"];
  // A key before the first table, where it belongs to none.
  text = format("only_shapes = [{}]\n{}", Join(chosen, ", "), text);
  ParsedTask parsed = ParseTask(std::move(files));
  if (parsed.diagnostics.empty()) return std::move(parsed.task);
  return BadInput("--shape: " + parsed.diagnostics.front().ToString());
}

std::string OnlyShapesNote(const Task& task) {
  if (task.shapes_left_out == 0) return "";
  return format("at shape{} {} alone: {} more of the task {} left out",
                task.shapes.size() == 1 ? "" : "s",
                Join(NamesOf(task.shapes), ", "), task.shapes_left_out,
                task.shapes_left_out == 1 ? "was" : "were");
}

}  // namespace kernelevolve
