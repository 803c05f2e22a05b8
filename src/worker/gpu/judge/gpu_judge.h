// GpuJudge: one device, judged on by this process alone. It owns inputs,
// expected outputs, comparison and clock; candidates' device code runs in
// launchers, PyTorch in processes of its own. Host code of a candidate that no
// plan can hold (tier H) runs in sandboxes, and is believed nothing.
#pragma once

#include <functional>
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
#include "worker/gpu/judge/watched_call.h"
#include "worker/timing/lane.h"

namespace kernelevolve::worker::gpu {

struct GpuJudgeOptions {
  int device = 0;
  fs::path state;  // folder that outlives us: roofs are kept there
  std::string driver_library = "libcuda.so.1";
  // Whether whoever asked has gone; asked from other threads, too, while a panel
  // is prepared.
  std::function<bool()> abandoned = {};
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
  // False once our own context is lost: then this process is of no more use.
  bool Sound() const;

 private:
  struct TaskState;
  struct Trip;

  GpuJudge(const Machine& machine, const Lane& lane,
           const GpuJudgeOptions& options);
  Status Open();
  Result<TaskState*> StateFor(const Task& task);
  Result<std::unique_ptr<TaskState>> MakeState(const Task& task);
  void DropStates(size_t keep = 0);  // but the latest
  // One trip of a candidate through all gates; `trip` is filled on the way.
  Verdictless Attempt(const wire::EvaluateRequest& request,
                      const PlannedKernel& kernel, const CheckSet& checks,
                      std::optional<Trip>* trip);
  // Whether the outcome may have been bad luck; what may be at fault is gone
  // then, and `trip` with it.
  bool MendFor(const Verdictless& outcome, std::optional<Trip>* trip);
  // That memory was short, where that is neither the candidate's nor the task's
  // doing.
  std::optional<std::string> ShortOfMemory(const Verdictless& outcome,
                                           std::optional<Trip>* trip);
  // Those of the candidate.
  void EndProcesses(Trip& trip);
  bool HalfIsFree() const;
  double FreeShare() const;  // of the device's memory
  void Note(const Trip& trip, Evaluation* evaluation) const;
  Status CheckPlans(const PlannedKernel& kernel, const Task& task,
                    std::optional<Failure>* failure) const;
  Verdictless CheckCorrectness(Trip& trip);
  // Tier H: processes for host code, and what a candidate's own work is.
  Status PrepareHost(Trip& trip);
  Verdictless CheckHost(Trip& trip);
  // At schedules that luck has not made.
  Verdictless Shake(Trip& trip);
  // Only where speed does not matter so much: a watched call takes seconds.
  std::optional<Failure> Sanitize(Trip& trip);
  // The same of what is wrong already, to name it.
  Failure NameWrong(Trip& trip, const Failure& wrong) const;
  WatchedKernel Watched(Trip& trip) const;
  Verdictless Time(Trip& trip);
  void Explain(Trip& trip);
  // Started again, should it be gone.
  Status KeepForkServer();
  static bool PanelIsReady(const TaskState& state, bool whole);
  Status PreparePanel(TaskState& state, bool whole);
  Status FindRoofs(TaskState& state, bool again);
  // How much slower a read is after the flush than without it.
  Result<double> ProveFlush();

  const Machine& machine_;
  const Lane& lane_;
  const GpuJudgeOptions options_;
  std::unique_ptr<Driver> driver_;
  std::unique_ptr<PrimaryContext> context_;
  DeviceInfo info_;
  std::unique_ptr<DeviceMonitor> monitor_;  // null where clocks cannot be seen
  fs::path python_;
  std::unique_ptr<TorchForkServer> torch_;  // outlives the states
  std::unique_ptr<HostSpare> host_;  // at the first candidate of tier H
  std::unique_ptr<DeviceKernels> kernels_;
  std::unique_ptr<CacheFlush> flush_;
  std::unique_ptr<Launchers> launchers_;
  std::optional<GpuRoofs> roofs_;
  std::list<std::unique_ptr<TaskState>> states_;
};

}  // namespace kernelevolve::worker::gpu
