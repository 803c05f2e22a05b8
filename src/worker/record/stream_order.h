// Whether a plan's streams hang together: all that a call starts begins after
// the call does, and ends before the caller's stream goes on. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/launch_plan.h"

namespace kernelevolve::worker {

// What is wrong, in words; "" if nothing. Of the steps of one call.
std::string ObjectToStreams(const std::vector<PlanOp>& ops);

}  // namespace kernelevolve::worker
