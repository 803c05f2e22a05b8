// What a launch plan says of a kernel before it runs. Its images may be hostile.
#pragma once

#include "core/launch_plan.h"

namespace kernelevolve::worker::gpu {

// Whether any launch of the plan has shared memory, static or dynamic.
bool UsesSharedMemory(const LaunchPlan& plan);

// Whether there is memory that a call can leave something in for the next: the
// plan's own, its workspace, or variables of its modules.
bool KeepsState(const LaunchPlan& plan);

}  // namespace kernelevolve::worker::gpu
