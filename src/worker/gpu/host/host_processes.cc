#include "worker/gpu/host/host_processes.h"

#include "base/check.h"
#include "base/format.h"

namespace kernelevolve::worker::gpu {

Result<std::unique_ptr<HostProcess>> StartHost(HostSpare& spare,
                                               const Task& task, HostCode code,
                                               TaskMemory& memory,
                                               HostKind kind) {
  ASSIGN_OR_RETURN(auto process, HostProcess::Start(spare, task, std::move(code),
                                                    kind.watched));
  const auto lend = [&](const Slot& slot) {
    return process->Lend(slot.id, slot.memory->fd(), slot.memory->bytes(),
                         slot.writable || kind.permissive);
  };
  CHECK(memory.shown.size() == memory.inputs.size());
  for (const Slot& slot : memory.shown) RETURN_IF_ERROR(lend(slot));
  for (const Slot& slot : memory.outputs) RETURN_IF_ERROR(lend(slot));
  RETURN_IF_ERROR(lend(memory.workspace));
  return process;
}

Result<KernelProcess*> HostProcesses::For(int world, TaskMemory& memory) {
  ASSIGN_OR_RETURN(HostProcess* process, Host(world, memory));
  return process;
}

Result<KernelProcess*> HostProcesses::Permissive(TaskMemory& memory) {
  ASSIGN_OR_RETURN(HostProcess* process, Get(kPermissive, memory));
  return process;
}

Result<KernelProcess*> HostProcesses::Watched(TaskMemory& memory) {
  ASSIGN_OR_RETURN(HostProcess* process, Get(kWatched, memory));
  return process;
}

Result<HostProcess*> HostProcesses::Host(int world, TaskMemory& memory) {
  return Get(static_cast<size_t>(world), memory);
}

Result<HostProcess*> HostProcesses::Get(size_t index, TaskMemory& memory) {
  auto& kept = kept_[index];
  if (kept && kept->usable()) return kept.get();
  kept.reset();
  const HostKind kind{.permissive = index == kPermissive,
                      .watched = index == kWatched};
  ASSIGN_OR_RETURN(kept, StartHost(spare_, task_, code_, memory, kind));
  return kept.get();
}

Verdictless HostProcesses::AskWorkspaces(TaskMemory& memory, uint64_t most,
                                         PlannedKernel* kernel) {
  ASSIGN_OR_RETURN(HostProcess* process, Host(0, memory));
  for (size_t i = 0; i < kernel->shapes.size(); ++i) {
    const ShapeCase& shape = kernel->shapes[i];
    ShapePlan& plan = kernel->plan.shapes[i];
    plan.workspace_bytes = 0;
    memory.Place(task_, shape, PlacementRule::kEndFlush, 0);
    const BindRequest places = memory.Places();
    uint64_t bytes = 0;
    RETURN_IF_FAILED(
        process->AskWorkspace({shape, plan, kernel->plan.modules, places}, &bytes));
    if (bytes > most)
      return Failure{Code::kResource,
                     format("workspace_bytes asks for {} bytes; {} are allowed",
                            bytes, most), "workspace_size", ""};
    plan.workspace_bytes = bytes;
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker::gpu
