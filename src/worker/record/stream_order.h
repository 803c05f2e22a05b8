// Whether a plan's streams hang together: all that a call starts begins after
// the call does, and ends before the caller's stream goes on. Pure.
#pragma once

#include <optional>
#include <vector>

#include "core/launch_plan.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker {

// What is wrong with the steps of one call, or nothing: ASYNC_ESCAPE where the
// call's stream neither starts a step nor waits for it.
std::optional<Failure> CheckStreams(const std::vector<PlanOp>& ops);

}  // namespace kernelevolve::worker
