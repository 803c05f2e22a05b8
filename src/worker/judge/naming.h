// What wrong values betray, by further trials of the case that went wrong. The
// trials differ from device to device; what they mean does not.
#pragma once

#include <functional>

#include "worker/judge/call_outputs.h"
#include "worker/judge/checks.h"
#include "worker/judge/input_case.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker {

// What is wrong in one call on these inputs, in a world of its own.
using CaseTrial = std::function<Verdictless(const InputCase&)>;

// INPUT_OVERFIT where a kernel of wrong values is right on sorted ones; else the
// failure itself.
Verdictless NameByOrder(const Failure& failure, const InputCase& failed,
                        const CheckSet& checks, const CaseTrial& trial);

// Whether two answers to one call are farther apart than sums in another order
// would be: `share` of the most that the dtype's format excuses. Of outputs in one
// dtype, raw.
bool BeyondRounding(DType dtype, const uint8_t* one, const uint8_t* other,
                    int64_t elements, double share = 1);

// Whether values were compared and found wrong, or no numbers.
bool HasWrongValues(const Failure& failure);

// UNINIT: values that were right in one world are wrong in another.
Failure DependsOnMore(const Failure& failure);

// PHASE_BRANCH: right where its process looks watched, wrong where not.
Failure BranchesByPhase(const Failure& failure);

// RACE: the same call with the same values gave another answer.
Failure Raced(const Failure& failure, int repeats);

}  // namespace kernelevolve::worker
