// GpuJudge: one device, judged on by this process alone. It owns inputs,
// expected outputs, comparison and clock; candidates' device code runs in
// launchers, PyTorch in processes of its own. Host code of a candidate that no
// plan can hold (tier H) runs in sandboxes, and is believed nothing.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>

#include "wire/messages.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/driver/primary_context.h"
#include "worker/gpu/host/host_launch.h"
#include "worker/gpu/judge/gpu_timing.h"
#include "worker/gpu/judge/launchers.h"
#include "worker/timing/lane.h"

namespace kernelevolve::worker::gpu {

struct GpuJudgeOptions {
  int device = 0;
  fs::path state;  // folder that outlives us: roofs are kept there
  std::string driver_library = "libcuda.so.1";
};

// One per device server, one thread.
class GpuJudge {
 public:
  // kMissing where there is no driver, device, compiler or PyTorch, with what
  // would help.
  static Result<std::unique_ptr<GpuJudge>> Create(const Machine& machine,
                                                  const Lane& lane,
                                                  const GpuJudgeOptions& options);
  ~GpuJudge();

  // `kernel` was recorded for PlanCorrectness's shapes of the request's stage and
  // secret, listed ones first. Fills everything but the phases of building. In
  // tier H, kMissing where no sandboxed process can use the device.
  Result<Evaluation> Evaluate(const wire::EvaluateRequest& request,
                              const PlannedKernel& kernel);
  const DeviceInfo& device() const { return info_; }

 private:
  struct TaskState;
  struct Trip;

  GpuJudge(const Machine& machine, const Lane& lane,
           const GpuJudgeOptions& options);
  Status Open();
  Result<TaskState*> StateFor(const Task& task);
  Result<std::unique_ptr<TaskState>> MakeState(const Task& task);
  Status CheckPlans(const PlannedKernel& kernel, const Task& task,
                    std::optional<Failure>* failure) const;
  Verdictless CheckCorrectness(Trip& trip);
  // Tier H: processes for host code, and what a candidate's own work is.
  Status PrepareHost(Trip& trip);
  Verdictless CheckHost(Trip& trip);
  // Only where speed does not matter so much: a watched call takes seconds.
  std::optional<Failure> Sanitize(Trip& trip);
  Verdictless Time(Trip& trip);
  void Explain(Trip& trip);
  // Started again, should it be gone.
  Status KeepForkServer();
  Status PreparePanel(TaskState& state, bool whole);
  Status FindRoofs(TaskState& state, bool again);
  // How much slower a read is after the flush than without it.
  Result<double> ProveFlush();
  uint64_t FlushBytes() const;

  const Machine& machine_;
  const Lane& lane_;
  const GpuJudgeOptions options_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<PrimaryContext> context_;
  DeviceInfo info_;
  fs::path python_;
  std::unique_ptr<TorchForkServer> torch_;  // outlives the states
  std::unique_ptr<HostSpare> host_;  // at the first candidate of tier H
  std::unique_ptr<LentMemory> flush_;
  std::unique_ptr<DeviceKernels> kernels_;
  std::unique_ptr<Launchers> launchers_;
  std::optional<GpuRoofs> roofs_;
  std::list<std::unique_ptr<TaskState>> states_;
};

}  // namespace kernelevolve::worker::gpu
