// A kernel that asks whether a CUDA graph launches it can do its work in a plain launch
// alone, or in a graph alone: whoever checks the one does not see the other.
#pragma once

#include <optional>

#include "core/launch_plan.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker::gpu {

// PHASE_BRANCH where the PTX of a plan reads %current_graph_exec. Kernels whose PTX is
// not known pass. Pure.
std::optional<Failure> CheckGraphSense(const LaunchPlan& plan);

}  // namespace kernelevolve::worker::gpu
