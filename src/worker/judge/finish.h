// From what was seen of a candidate to the verdict in its evaluation.
#pragma once

#include <optional>

#include "core/evaluation.h"
#include "worker/judge/verify.h"

namespace kernelevolve::worker {

// Sets metrics and, unless timing has said INCONCLUSIVE, status and code; a
// failure takes the times away.
void FinishEvaluation(const Evidence& evidence,
                      const std::optional<Failure>& failure,
                      Evaluation* evaluation);

}  // namespace kernelevolve::worker
