// The device's own counters, read by Nsight Compute over one call of a kernel.
#pragma once

#include <string>
#include <vector>

#include "core/device_profile.h"
#include "worker/gpu/judge/launchers.h"
#include "worker/gpu/judge/own_binding.h"

namespace kernelevolve::worker::gpu {

struct CountedCall {
  Launchers& launchers;
  const Task& task;
  TaskMemory& memory;  // placed at `shape`, inputs written
  const ShapeCase& shape;
  const ShapePlan& plan;
  const std::vector<std::string>& modules;
};

// An Error says in one line what was lost and why. The caller holds the lane.
Result<DeviceProfile> CountCall(const CountedCall& call);

}  // namespace kernelevolve::worker::gpu
