#include "worker/gpu/judge/own_binding.h"

namespace kernelevolve::worker::gpu {
namespace {

// Apart from those of memory that is lent.
constexpr int kFirstOwnId = 5000;

// Binds what `request` names so far, with outputs and workspace of its own.
Verdictless Finish(const OwnBinding& binding, BindRequest request, int next_id) {
  for (const TensorSpec& output : binding.task.outputs) {
    const auto bytes = static_cast<uint64_t>(
        ElementCount(output, binding.shape) * DTypeBytes(output.dtype));
    RETURN_IF_FAILED(binding.launcher.Allocate(next_id, bytes));
    request.outputs.push_back({next_id++, 0});
  }
  if (binding.plan.workspace_bytes > 0) {
    RETURN_IF_FAILED(
        binding.launcher.Allocate(next_id, binding.plan.workspace_bytes));
    request.workspace = LentPlace{next_id++, 0};
  }
  request.poison.reset();
  request.graph = false;
  RETURN_IF_FAILED(binding.launcher.Load(binding.plan, binding.modules));
  RETURN_IF_FAILED(binding.launcher.Bind(request));
  return binding.launcher.Setup();
}

}  // namespace

Verdictless BindOwn(const OwnBinding& binding, const InputSet& inputs) {
  BindRequest request;
  int id = kFirstOwnId;
  for (const auto& tensor : inputs.tensors) {
    RETURN_IF_FAILED(binding.launcher.AllocateFilled(
        id, std::string(reinterpret_cast<const char*>(tensor.data()),
                        tensor.size())));
    request.inputs.push_back({id++, 0});
  }
  return Finish(binding, std::move(request), id);
}

Verdictless BindOwn(const OwnBinding& binding, TaskMemory& memory) {
  BindRequest request;
  int id = kFirstOwnId;
  for (const Slot& slot : memory.inputs) {
    const auto lent = static_cast<int>(slot.id);
    RETURN_IF_FAILED(
        binding.launcher.AllocateCopy(id, {lent, slot.offset}, slot.bytes));
    RETURN_IF_ERROR(binding.launcher.Unlend(lent));
    request.inputs.push_back({id++, 0});
  }
  return Finish(binding, std::move(request), id);
}

}  // namespace kernelevolve::worker::gpu
