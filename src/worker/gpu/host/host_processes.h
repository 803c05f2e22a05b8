// HostProcesses: the processes of one candidate whose host code runs on the
// device (tier H), each in a sandbox of its own.
#pragma once

#include <array>
#include <memory>

#include "worker/gpu/host/host_process.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/kernel_processes.h"

namespace kernelevolve::worker::gpu {

// Starts a process and lends it the task's inputs, outputs and workspace; what
// the panel answers stays out of its reach. `permissive`: inputs may be written.
Result<std::unique_ptr<HostProcess>> StartHost(const HostOptions& options,
                                               const Task& task, HostCode code,
                                               TaskMemory& memory,
                                               bool permissive);

// One candidate, one thread. `task` outlives it.
class HostProcesses : public KernelProcesses {
 public:
  HostProcesses(HostOptions options, const Task& task, HostCode code)
      : options_(std::move(options)), task_(task), code_(std::move(code)) {}

  Result<KernelProcess*> For(int world, TaskMemory& memory) override;
  Result<KernelProcess*> Permissive(TaskMemory& memory) override;
  Result<KernelProcess*> Watched(TaskMemory& memory) override;
  void Retire(int world) override { kept_[static_cast<size_t>(world)].reset(); }
  Result<HostProcess*> Host(int world, TaskMemory& memory);

  // Fills the plans' workspace_bytes with what the candidate asks for; RESOURCE
  // above `most`.
  Verdictless AskWorkspaces(TaskMemory& memory, uint64_t most,
                            PlannedKernel* kernel);

 private:
  static constexpr size_t kPermissive = 2, kWatched = 3;
  Result<HostProcess*> Get(size_t index, TaskMemory& memory);

  const HostOptions options_;
  const Task& task_;
  const HostCode code_;
  std::array<std::unique_ptr<HostProcess>, 4> kept_;
};

}  // namespace kernelevolve::worker::gpu
