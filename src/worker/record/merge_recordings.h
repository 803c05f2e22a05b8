// Two recordings of the same call, with every buffer in another place, make a
// plan: what moved is an address, what did not is a value, and anything else is
// host code that a plan cannot follow. Pure.
#pragma once

#include "worker/record/tape.h"

namespace kernelevolve::worker {

// CONTRACT, with the first difference in words, where they disagree. `serials`
// are those of the recordings' tapes. Fills `plan`.
std::optional<Failure> MergeRecordings(const Recording& first,
                                       const Recording& second,
                                       const uint32_t (&serials)[2],
                                       ShapePlan* plan);

}  // namespace kernelevolve::worker
