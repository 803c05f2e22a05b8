// What a launch plan says of a kernel before it runs. Its images may be hostile.
#pragma once

#include <cstdint>

#include "core/launch_plan.h"
#include "core/task.h"

namespace kernelevolve::worker::gpu {

// Whether any launch of the plan has shared memory, static or dynamic.
bool UsesSharedMemory(const LaunchPlan& plan);

// Whether there is memory that a call can leave something in for the next: the
// plan's own, its workspace, or variables of its modules.
bool KeepsState(const LaunchPlan& plan);

// What a plan may refer to at a shape, on a device with so much memory.
PlanLimits LimitsAt(const Task& task, const ShapeCase& shape, uint64_t device_bytes);

}  // namespace kernelevolve::worker::gpu
