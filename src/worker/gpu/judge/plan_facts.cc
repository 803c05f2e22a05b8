#include "worker/gpu/judge/plan_facts.h"

#include <algorithm>

#include "worker/cubin/kernel_facts.h"

namespace kernelevolve::worker::gpu {
namespace {

bool HasStaticShared(const std::string& image) {
  const auto facts = ReadKernelFacts(image, /*arch=*/0);
  if (!facts) return false;
  for (const KernelFacts& kernel : *facts)
    if (kernel.shared_bytes > 0) return true;
  return false;
}

// What is written lies beside the plan's memory, and a kernel may reach it.
bool Writes(const std::vector<PlanOp>& ops) {
  return std::ranges::any_of(ops, [](const PlanOp& op) {
    return std::holds_alternative<WriteOp>(op);
  });
}

}  // namespace

bool UsesSharedMemory(const LaunchPlan& plan) {
  for (const ShapePlan& shape : plan.shapes)
    for (const auto* ops : {&shape.setup, &shape.run})
      for (const PlanOp& op : *ops)
        if (const auto* launch = std::get_if<LaunchOp>(&op);
            launch && launch->shared_bytes > 0)
          return true;
  for (const std::string& image : plan.modules)
    if (HasStaticShared(image)) return true;
  return false;
}

bool KeepsState(const LaunchPlan& plan) {
  const bool holds = std::ranges::any_of(plan.shapes, [](const ShapePlan& shape) {
    return !shape.allocations.empty() || !shape.variables.empty() ||
           shape.workspace_bytes > 0 || Writes(shape.setup) || Writes(shape.run);
  });
  return holds || std::ranges::any_of(plan.modules, [](const std::string& image) {
           return HoldsVariables(image, /*arch=*/0).value_or(true);
         });
}

PlanLimits LimitsAt(const Task& task, const ShapeCase& shape,
                    uint64_t device_bytes) {
  PlanLimits limits;
  const auto bytes = [&](const TensorSpec& tensor) {
    return static_cast<uint64_t>(ElementCount(tensor, shape) *
                                 DTypeBytes(tensor.dtype));
  };
  for (const TensorSpec& input : task.inputs)
    limits.input_bytes.push_back(bytes(input));
  for (const TensorSpec& output : task.outputs)
    limits.output_bytes.push_back(bytes(output));
  limits.most_workspace = limits.most_allocated = device_bytes / 4;
  return limits;
}

}  // namespace kernelevolve::worker::gpu
