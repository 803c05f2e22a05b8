// HostProcesses: the processes of one candidate whose host code runs on the
// device (tier H), each in a sandbox of its own.
#pragma once

#include <array>
#include <memory>

#include "worker/gpu/host/host_process.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/kernel_processes.h"

namespace kernelevolve::worker::gpu {

// In what a process differs from the others of its candidate.
struct HostKind {
  bool permissive = false;  // the copies of the inputs may be written
  bool watched = false;     // it is to look as if checking tools watched it
};

// Starts a process and lends it copies of the task's inputs, its outputs and its
// workspace; what the panel reads and answers stays out of its reach.
Result<std::unique_ptr<HostProcess>> StartHost(HostSpare& spare,
                                               const Task& task, HostCode code,
                                               TaskMemory& memory,
                                               HostKind kind);

// One candidate, one thread. `spare` and `task` outlive it.
class HostProcesses : public KernelProcesses {
 public:
  HostProcesses(HostSpare& spare, const Task& task, HostCode code)
      : spare_(spare), task_(task), code_(std::move(code)) {}

  Result<KernelProcess*> For(int world, TaskMemory& memory) override;
  Result<KernelProcess*> Permissive(TaskMemory& memory) override;
  Result<KernelProcess*> Watched(TaskMemory& memory) override;
  void Retire(int world) override { kept_[static_cast<size_t>(world)].reset(); }
  // What the device still did for them ends as well.
  void RetireAll() {
    for (auto& kept : kept_) kept.reset();
  }
  Result<HostProcess*> Host(int world, TaskMemory& memory);

  // Fills the plans' workspace_bytes with what the candidate asks for; RESOURCE
  // above `most`.
  Verdictless AskWorkspaces(TaskMemory& memory, uint64_t most,
                            PlannedKernel* kernel);

 private:
  static constexpr size_t kPermissive = 2, kWatched = 3;
  Result<HostProcess*> Get(size_t index, TaskMemory& memory);

  HostSpare& spare_;
  const Task& task_;
  const HostCode code_;
  std::array<std::unique_ptr<HostProcess>, 4> kept_;
};

}  // namespace kernelevolve::worker::gpu
