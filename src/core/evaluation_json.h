// The one JSON form of an Evaluation: what `evaluate --json` prints, what the
// worker sends, what the store keeps. Keys are a public contract.
#pragma once

#include "base/json.h"
#include "core/evaluation.h"

namespace kernelevolve {

Json ToJson(const Evaluation& evaluation);
Result<Evaluation> EvaluationFromJson(const Json& json);

}  // namespace kernelevolve
