#include "propose/llm/skeleton.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kShapeBytes = 120;

std::string CType(DType dtype, bool cuda) {
  switch (dtype) {
    case DType::kF64: return "double";
    case DType::kF32: return "float";
    case DType::kF16: return cuda ? "__half" : "_Float16";
    case DType::kBF16: return cuda ? "__nv_bfloat16" : "uint16_t";
    case DType::kI64: return "int64_t";
    case DType::kI32: return "int32_t";
    case DType::kI16: return "int16_t";
    case DType::kI8: return "int8_t";
    default: return "uint8_t";
  }
}

std::string ShapeText(const TensorSpec& tensor) {
  std::vector<std::string> extents;
  for (const Expression& extent : tensor.shape) extents.push_back(extent.text());
  return OneLine("[" + Join(extents, ", ") + "]", kShapeBytes);
}

// Where a dim can be read off: input or output, its number, the axis.
struct Extent {
  bool input = true;
  size_t tensor = 0, axis = 0;
};
std::optional<Extent> ExtentOf(const Task& task, const std::string& dim) {
  for (const bool input : {true, false}) {
    const auto& tensors = input ? task.inputs : task.outputs;
    for (size_t i = 0; i < tensors.size(); ++i)
      for (size_t axis = 0; axis < tensors[i].shape.size(); ++axis)
        if (tensors[i].shape[axis].text() == dim) return Extent{input, i, axis};
  }
  return std::nullopt;
}

// A name of the task as a variable beside its dims.
std::string Variable(const Task& task, const std::string& name) {
  constexpr std::array<std::string_view, 16> kTaken = {
      "call", "stream", "outputs", "workspace", "in",    "is",     "not",   "or",
      "and",  "lambda", "double",  "float",     "int",   "const",  "new",   "run"};
  const bool taken =
      std::find(kTaken.begin(), kTaken.end(), name) != kTaken.end() ||
      std::find(task.dims.begin(), task.dims.end(), name) != task.dims.end();
  return taken ? name + "_" : name;
}

std::string OutputNames(const Task& task) {
  std::vector<std::string> names;
  for (const TensorSpec& output : task.outputs)
    names.push_back(Variable(task, output.name));
  return Join(names, ", ");
}

bool Holds(const Task& task, DType dtype) {
  const auto is = [&](const TensorSpec& tensor) { return tensor.dtype == dtype; };
  return std::any_of(task.inputs.begin(), task.inputs.end(), is) ||
         std::any_of(task.outputs.begin(), task.outputs.end(), is);
}

std::string Includes(const Task& task, bool cuda) {
  std::string text =
      "#include <algorithm>\n#include <cfloat>\n#include <cmath>\n"
      "#include <cstdint>\n\n";
  if (cuda && Holds(task, DType::kBF16)) text += "#include <cuda_bf16.h>\n";
  if (cuda && Holds(task, DType::kF16)) text += "#include <cuda_fp16.h>\n";
  if (cuda) text += "#include <cuda_runtime.h>\n\n";
  return text + "#include <kernelevolve/abi.h>\n\n";
}

std::string TensorLine(const Task& task, const TensorSpec& tensor, size_t index,
                       bool input, bool cuda) {
  const std::string type =
      (input ? "const " : "") + CType(tensor.dtype, cuda);
  const bool bits = !cuda && tensor.dtype == DType::kBF16;
  return format("  {}* {} = static_cast<{}*>(call->{}[{}].data);  // {}{}\n", type,
                Variable(task, tensor.name), type, input ? "inputs" : "outputs",
                index, ShapeText(tensor), bits ? ", bits of bfloat16" : "");
}

std::string CSkeleton(const Task& task, bool cuda) {
  std::string text = Includes(task, cuda) +
                     "extern \"C\" int ke_run(const ke_call* call) {\n";
  for (const std::string& dim : task.dims)
    if (const auto extent = ExtentOf(task, dim))
      text += format("  const int64_t {} = call->{}[{}].shape[{}];\n", dim,
                     extent->input ? "inputs" : "outputs", extent->tensor,
                     extent->axis);
  for (size_t i = 0; i < task.inputs.size(); ++i)
    text += TensorLine(task, task.inputs[i], i, true, cuda);
  for (size_t i = 0; i < task.outputs.size(); ++i)
    text += TensorLine(task, task.outputs[i], i, false, cuda);
  for (size_t i = 0; i < task.attributes.size(); ++i)
    text += format("  const double {} = call->attributes[{}];\n",
                   Variable(task, task.attributes[i].name), i);
  if (cuda)
    text +=
        "  const cudaStream_t stream = static_cast<cudaStream_t>(call->stream);\n"
        "  // Launch __global__ functions, defined above, on this stream.\n";
  text += format("  // The work goes here: it writes every element of {}.\n",
                 OutputNames(task));
  return text + (cuda ? "  return static_cast<int>(cudaGetLastError());\n}\n"
                      : "  return 0;\n}\n");
}

std::string TritonSkeleton(const Task& task) {
  std::vector<std::string> names;
  for (const TensorSpec& input : task.inputs)
    names.push_back(Variable(task, input.name));
  names.insert(names.end(), {"*", "outputs", "workspace"});
  for (const AttributeSpec& attribute : task.attributes)
    names.push_back(attribute.name);
  std::string text =
      "import triton\nimport triton.language as tl\n\n\ndef run(" +
      Join(names, ", ") + "):\n";
  for (const TensorSpec& input : task.inputs)
    text += format("    # {}: {} {}\n", Variable(task, input.name),
                   DTypeName(input.dtype), ShapeText(input));
  for (size_t i = 0; i < task.outputs.size(); ++i)
    text += format("    {} = outputs[{}]  # {} {}\n",
                   Variable(task, task.outputs[i].name), i,
                   DTypeName(task.outputs[i].dtype), ShapeText(task.outputs[i]));
  for (const std::string& dim : task.dims)
    if (const auto extent = ExtentOf(task, dim))
      text += format(
          "    {} = {}.shape[{}]\n", dim,
          Variable(task, (extent->input ? task.inputs
                                        : task.outputs)[extent->tensor].name),
          extent->axis);
  return text +
         format("    # Launch @triton.jit functions, defined above, that write "
                "every element\n    # of {}.\n",
                OutputNames(task));
}

}  // namespace

std::string SkeletonText(const Task& task, const std::string& language) {
  std::string source;
  if (language == "cpp" || language == "cuda")
    source = CSkeleton(task, language == "cuda");
  else if (language == "triton")
    source = TritonSkeleton(task);
  if (source.empty()) return "";
  return format("A kernel for this task begins like this; it does nothing "
                "yet:\n```{}\n{}```\n",
                language == "triton" ? "python" : language, source);
}

}  // namespace kernelevolve
