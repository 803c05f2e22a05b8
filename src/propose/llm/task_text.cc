#include "propose/llm/task_text.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kTextBytes = 300;

std::string ShapeText(const TensorSpec& tensor) {
  std::vector<std::string> extents;
  for (const Expression& extent : tensor.shape) extents.push_back(extent.text());
  return "[" + Join(extents, ", ") + "]";
}

std::string InputLine(size_t index, const TensorSpec& tensor) {
  return format("- input {}: {} {}{}, values {}{}\n", index,
                DTypeName(tensor.dtype), tensor.name, ShapeText(tensor),
                OneLine(tensor.values.text, 100),
                tensor.constant ? ", constant (ke_setup may prepare it)" : "");
}

std::string OutputLine(size_t index, const TensorSpec& tensor) {
  return format("- output {}: {} {}{}{}\n", index, DTypeName(tensor.dtype),
                tensor.name, ShapeText(tensor),
                tensor.nonfinite == NonFinite::kPropagate
                    ? ""
                    : ", NaN and Inf in the inputs owe it nothing");
}

std::string DimsText(const ShapeCase& shape) {
  std::vector<std::string> parts;
  for (const auto& [name, value] : shape.dims)
    parts.push_back(format("{} = {}", name, value));
  for (const auto& [name, value] : shape.attributes)
    parts.push_back(format("{} = {:g}", name, value));
  return Join(parts, ", ");
}

std::string DomainText(const Task& task) {
  std::vector<std::string> parts;
  for (const auto& [name, range] : task.domain)
    parts.push_back(format("{} in {}..{}", name, range.low, range.high));
  return Join(parts, ", ");
}

}  // namespace

std::string TaskText(const Task& task, const Target& target) {
  std::string text = format("{}: {}. Target {}.\n", task.name,
                            OneLine(task.summary, kTextBytes), target.Name());
  for (size_t i = 0; i < task.inputs.size(); ++i)
    text += InputLine(i, task.inputs[i]);
  for (size_t i = 0; i < task.outputs.size(); ++i)
    text += OutputLine(i, task.outputs[i]);
  for (size_t i = 0; i < task.attributes.size(); ++i)
    text += format("- attribute {}: {}, default {:g}\n", i,
                   task.attributes[i].name, task.attributes[i].default_value);
  text += "Timed shapes, by their share in the result:\n";
  for (const ShapeCase& shape : task.ShapesFor(target.device_kind))
    text += format("- {} (weight {:g}): {}\n", shape.name, shape.weight,
                   DimsText(shape));
  if (!task.domain.empty())
    text += "Also judged for correctness at other shapes with " +
            DomainText(task) + ".\n";
  if (task.flops || task.bytes)
    text += format("Compulsory work: {} flops, {} bytes.\n",
                   task.flops ? task.flops->text() : "unstated",
                   task.bytes ? task.bytes->text() : "unstated");
  text += format("Timed with {} caches.", task.objective.cold_cache ? "cold"
                                                                    : "hot");
  if (task.objective.deterministic)
    text += " The bits of the output must not differ from run to run.";
  return text + "\n";
}

ReferenceSource ReferenceOf(const Task& task) {
  const bool cpp = !task.reference_cpp.empty();
  const std::string& file = cpp ? task.reference_cpp : task.reference_torch;
  const auto it = task.files.find(file);
  return {file, it == task.files.end() ? "" : it->second, cpp ? "cpp" : "python"};
}

}  // namespace kernelevolve
