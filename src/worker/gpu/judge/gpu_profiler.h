// GpuProfiler: why an accepted kernel takes its time on a device. Says nothing
// about whether it is right or fast, and cannot change what was said.
#pragma once

#include <string>

#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/gpu_profile.h"
#include "worker/gpu/judge/launchers.h"

namespace kernelevolve::worker::gpu {

// One evaluation; one thread, which has the context and holds the lane.
class GpuProfiler {
 public:
  struct Parts {
    const Driver& driver;
    DeviceKernels& kernels;
    const Task& task;
    TaskMemory& memory;
    Launchers& launchers;
    const GpuRoofs& roofs;
    const DeviceInfo& device;
  };
  GpuProfiler(const Parts& parts, std::string secret)
      : parts_(parts), secret_(std::move(secret)) {}

  // Sets evaluation->profile and its phase. `full`: counters too, seconds. What
  // cannot be seen is a line of the profile.
  void Run(const PlannedKernel& kernel, bool full, Evaluation* evaluation) const;

 private:
  Result<DeviceProfile> Count(const PlannedKernel& kernel,
                              const ShapeResult& heaviest) const;

  Parts parts_;
  std::string secret_;  // root of the inputs of the counted call
};

}  // namespace kernelevolve::worker::gpu
