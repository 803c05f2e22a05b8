// Launchers: the processes of ours that replay candidates' plans (tier K).
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/judge/cache_flush.h"
#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/judge/kernel_processes.h"
#include "worker/gpu/launcher/launcher_process.h"
#include "worker/judge/machine.h"

namespace kernelevolve::worker::gpu {

// One per device; one thread.
class Launchers : public KernelProcesses {
 public:
  // `flush` outlives this.
  Launchers(const Machine& machine, int device, const CacheFlush& flush)
      : machine_(machine), device_(device), flush_(flush) {}

  // From here on new launchers of both worlds scrub their multiprocessors before
  // every checked call and every flush, each world with a pattern of its own.
  void ScrubWith(std::string image, const DeviceInfo& device);
  // Why one could not; "" if it could, or has not tried.
  const std::string& not_scrubbed() const { return not_scrubbed_; }

  Result<KernelProcess*> For(int world, TaskMemory& memory) override;
  Result<KernelProcess*> Permissive(TaskMemory& memory) override;
  Result<KernelProcess*> Watched(TaskMemory&) override { return nullptr; }
  Result<LauncherProcess*> Launcher(int world, TaskMemory& memory);
  // A launcher of its own under `wrapper`, with the task's inputs lent to it.
  Result<std::unique_ptr<LauncherProcess>> StartWrapped(
      const std::vector<std::string>& wrapper, TaskMemory& memory) const;
  void Retire(int world) override { kept_[static_cast<size_t>(world)] = {}; }
  // Memory of a task is about to go: nobody may hold it.
  void Forget(TaskMemory* memory);

 private:
  struct Kept {
    std::unique_ptr<LauncherProcess> process;
    TaskMemory* memory = nullptr;
  };
  static constexpr size_t kPermissive = 2;
  Result<LauncherProcess*> Get(size_t index, TaskMemory& memory);
  // What the judge runs in it before timed calls.
  Status LendFlush(LauncherProcess& process) const;
  Status StartScrubbing(size_t index, LauncherProcess& process);

  const Machine& machine_;
  const int device_;
  const CacheFlush& flush_;
  std::array<Kept, 3> kept_;
  std::string scrub_image_, not_scrubbed_;
  int multiprocessors_ = 0;
  uint32_t shared_bytes_ = 0;
};

// One timed call after a flush of so many bytes.
Verdictless TimeCall(KernelProcess& process, uint64_t flush_bytes,
                     std::chrono::nanoseconds limit, TimeSample* sample);
// Some calls, settled, whose host time is compared with that of their events; and
// as many of nothing, behind the same flush.
Verdictless TimeSettledCalls(KernelProcess& process, uint64_t flush_bytes,
                             std::chrono::nanoseconds limit,
                             std::vector<TimeSample>* samples);
Verdictless TimeEmptyCalls(KernelProcess& process, uint64_t flush_bytes,
                           std::vector<TimeSample>* samples);

}  // namespace kernelevolve::worker::gpu
