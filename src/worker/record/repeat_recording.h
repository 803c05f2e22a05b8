// A call at addresses that an earlier call had must do what that one did: two
// recordings at different addresses do not show what host code keeps by address,
// packed weights or an answer, whose values have changed since. Pure.
#pragma once

#include "worker/record/tape.h"

namespace kernelevolve::worker {

// CONTRACT, with the first step that differs, unless `again` has the steps of
// `earlier`, whose addresses it was given. What may be kept by address without a
// step less is not compared: allocations and tensor maps, whichever call made them.
std::optional<Failure> CompareRepeat(const Recording& earlier,
                                     const Recording& again);

}  // namespace kernelevolve::worker
