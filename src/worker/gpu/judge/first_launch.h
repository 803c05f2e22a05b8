// The first launch of a call may ask to run beside what is before it on the stream
// (programmatic dependent launch). In a plan nothing is; in use the kernel that makes
// its inputs may be. So its kernel must wait for that.
#pragma once

#include <optional>

#include "core/launch_plan.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker::gpu {

// By the PTX alone: a kernel whose PTX is not known passes, and one that waits in a
// function of its own. Pure.
std::optional<Failure> CheckFirstLaunch(const LaunchPlan& plan);

}  // namespace kernelevolve::worker::gpu
