#include "engine/export/interface_source.h"

#include "base/format.h"
#include "base/text.h"
#include "engine/export/names.h"

namespace kernelevolve {
namespace {

constexpr std::string_view kAbi[] = {"ke_run", "ke_workspace_bytes", "ke_setup",
                                     "ke_teardown"};

std::vector<std::string> CreateParameters(const Task& task) {
  std::vector<std::string> parameters;
  for (const std::string& dim : task.dims)
    parameters.push_back("int64_t " + CName(dim));
  for (const AttributeSpec& attribute : task.attributes)
    parameters.push_back("double " + CName(attribute.name));
  for (const TensorSpec& input : task.inputs)
    if (input.constant)
      parameters.push_back(
          format("const {}* {}", CTypeName(input.dtype), CName(input.name)));
  return parameters;
}

std::vector<std::string> RunParameters(const Task& task) {
  std::vector<std::string> parameters = {CName(task.name) + "_plan* plan"};
  for (const TensorSpec& input : task.inputs)
    if (!input.constant)
      parameters.push_back(
          format("const {}* {}", CTypeName(input.dtype), CName(input.name)));
  for (const TensorSpec& output : task.outputs)
    parameters.push_back(
        format("{}* {}", CTypeName(output.dtype), CName(output.name)));
  return parameters;
}

std::string TensorComments(const Task& task) {
  std::string text;
  for (const TensorSpec& input : task.inputs)
    text += " *   in   " + DescribeTensor(input) + "\n";
  for (const TensorSpec& output : task.outputs)
    text += " *   out  " + DescribeTensor(output) + "\n";
  return text;
}

// "    Describe(&plan->inputs[0], KE code, {rows, cols});"
std::string DescribeLines(const std::vector<TensorSpec>& tensors,
                          const std::string& side) {
  std::string lines;
  for (size_t i = 0; i < tensors.size(); ++i) {
    std::vector<std::string> extents;
    for (const Expression& entry : tensors[i].shape)
      extents.push_back(CExpression(entry));
    lines += format("  plan->{}[{}].Set({}, {{{}}});\n", side, i,
                    static_cast<int>(tensors[i].dtype), Join(extents, ", "));
  }
  return lines;
}

std::string AssignConstants(const Task& task) {
  std::string lines;
  for (size_t i = 0; i < task.inputs.size(); ++i)
    if (task.inputs[i].constant)
      lines += format("  plan->inputs[{}].SetData({});\n", i,
                      CName(task.inputs[i].name));
  for (size_t i = 0; i < task.attributes.size(); ++i)
    lines += format("  plan->attributes[{}] = {};\n", i,
                    CName(task.attributes[i].name));
  return lines;
}

std::string AssignTensors(const Task& task) {
  std::string lines;
  for (size_t i = 0; i < task.inputs.size(); ++i)
    if (!task.inputs[i].constant)
      lines += format("  plan->inputs[{}].SetData({});\n", i,
                      CName(task.inputs[i].name));
  for (size_t i = 0; i < task.outputs.size(); ++i)
    lines += format("  plan->outputs[{}].SetData({});\n", i,
                    CName(task.outputs[i].name));
  return lines;
}

// What does not depend on the task but for NAME and the three counts.
constexpr std::string_view kPrologue = R"~(#include <NAME.h>

#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdlib>
#include <initializer_list>
#include <vector>

// The optional functions of the ABI are null where the kernel has none.
extern "C" {
#pragma weak NAME_ke_workspace_bytes
#pragma weak NAME_ke_setup
#pragma weak NAME_ke_teardown
int NAME_ke_run(const ke_call* call);
uint64_t NAME_ke_workspace_bytes(const ke_call* call);
int NAME_ke_setup(const ke_call* call, void** state);
void NAME_ke_teardown(void* state);
}

namespace {

// As the task's shape expressions use them.
[[maybe_unused]] int64_t ceildiv(int64_t a, int64_t b) {
  return a / b + (a % b != 0 && (a < 0) == (b < 0));
}
template <typename... T>
[[maybe_unused]] int64_t min(T... values) {
  return std::min({static_cast<int64_t>(values)...});
}
template <typename... T>
[[maybe_unused]] int64_t max(T... values) {
  return std::max({static_cast<int64_t>(values)...});
}

struct Tensor {
  std::vector<int64_t> shape, strides;
  void* data = nullptr;
  int32_t dtype = 0;

  void Set(int32_t code, std::initializer_list<int64_t> extents) {
    dtype = code;
    shape = extents;
    strides.assign(shape.size(), 1);
    for (size_t i = shape.size(); i-- > 1;)
      strides[i - 1] = strides[i] * shape[i];
  }
  void SetData(const void* pointer) { data = const_cast<void*>(pointer); }
  ke_tensor View() const {
    return {data, dtype, static_cast<int32_t>(shape.size()), shape.data(),
            strides.data()};
  }
};

}  // namespace

struct NAME_plan {
  Tensor inputs[INPUTS];
  Tensor outputs[OUTPUTS];
  double attributes[ATTRIBUTES];
  void* workspace = nullptr;
  uint64_t workspace_bytes = 0;
  void* state = nullptr;

  ~NAME_plan() {
    if (state && NAME_ke_teardown) NAME_ke_teardown(state);
    std::free(workspace);
  }

  template <typename Use>
  auto WithCall(Use use) {
    ke_tensor in[INPUTS], out[OUTPUTS];
    for (int i = 0; i < N_INPUTS; ++i) in[i] = inputs[i].View();
    for (int i = 0; i < N_OUTPUTS; ++i) out[i] = outputs[i].View();
    const ke_call call = {KE_ABI_VERSION, N_INPUTS, N_OUTPUTS, N_ATTRIBUTES,
                          in, out, attributes, workspace, workspace_bytes,
                          nullptr, state};
    return use(&call);
  }

  bool Prepare() {
    const auto set_up = [this](const ke_call* call) {
      return NAME_ke_setup(call, &state);
    };
    if (NAME_ke_setup && WithCall(set_up) != 0) return false;
    if (!NAME_ke_workspace_bytes) return true;
    workspace_bytes = WithCall(NAME_ke_workspace_bytes);
    if (workspace_bytes == 0) return true;
    workspace = std::aligned_alloc(64, (workspace_bytes + 63) / 64 * 64);
    return workspace != nullptr;
  }
};
)~";

std::string Prologue(const Task& task) {
  std::string text(kPrologue);
  const auto counts = [&](const std::string& name, size_t count) {
    text = ReplaceAll(text, "N_" + name, std::to_string(count));
    // C++ has no arrays of nothing.
    text = ReplaceAll(text, name, std::to_string(std::max<size_t>(count, 1)));
  };
  counts("INPUTS", task.inputs.size());
  counts("OUTPUTS", task.outputs.size());
  counts("ATTRIBUTES", task.attributes.size());
  return ReplaceAll(text, "NAME", CName(task.name));
}

}  // namespace

std::string RenamedAbi(const Task& task) {
  std::string text;
  for (std::string_view function : kAbi)
    text += format("#define {} {}_{}\n", function, CName(task.name), function);
  return text;
}

std::string InterfaceHeader(const Task& task) {
  const std::string name = CName(task.name);
  return format(
      R"~(/* {0}: {1}
 *
{2} *
 * Tensors are contiguous and row-major; outputs must not overlap anything. */
#pragma once

#include <stdint.h>

#ifdef __cplusplus
extern "C" {{
#endif

/* Shapes, attributes and constant inputs, prepared once. Constant inputs must
 * stay where they are, unchanged, until {0}_destroy. A plan is for one thread
 * at a time; several plans may be used at once. */
typedef struct {0}_plan {0}_plan;

/* Null if it cannot be prepared. */
{0}_plan* {0}_create({3});

/* 0 once the outputs are written. */
int {0}_run({4});

void {0}_destroy({0}_plan* plan);

#ifdef __cplusplus
}}
#endif
)~",
      name, task.summary, TensorComments(task),
      Join(CreateParameters(task), ", "), Join(RunParameters(task), ", "));
}

std::string InterfaceSource(const Task& task) {
  const std::string name = CName(task.name);
  return Prologue(task) +
         format(R"~(
{0}_plan* {0}_create({1}) {{
  {0}_plan* plan = new {0}_plan;
{2}{3}{4}  if (plan->Prepare()) return plan;
  delete plan;
  return nullptr;
}}

int {0}_run({5}) {{
{6}  return plan->WithCall({0}_ke_run);
}}

void {0}_destroy({0}_plan* plan) {{ delete plan; }}
)~",
                name, Join(CreateParameters(task), ", "),
                DescribeLines(task.inputs, "inputs"),
                DescribeLines(task.outputs, "outputs"), AssignConstants(task),
                Join(RunParameters(task), ", "), AssignTensors(task));
}

}  // namespace kernelevolve
