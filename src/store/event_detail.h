// What the change log says of runs and evaluations, the same in every store.
#pragma once

#include <string>

#include "store/store.h"

namespace kernelevolve {

std::string RunEventJson(const RunRecord& run);
std::string EvaluationEventJson(const EvaluationKey& key,
                                const Evaluation& evaluation);

}  // namespace kernelevolve
