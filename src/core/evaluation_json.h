// The one JSON form of an Evaluation: what the worker sends, what the store keeps,
// and, with what was judged (core/stored_result.h), what `evaluate --json` prints.
// Keys are a public contract.
#pragma once

#include "base/json.h"
#include "core/candidate.h"
#include "core/evaluation.h"

namespace kernelevolve {

// `candidate` is the label where one is given, else the short id.
Json ToJson(const Evaluation& evaluation);
Json ToJson(const Evaluation& evaluation, const std::string& label);
// Unknown keys are ignored; a missing number reads as 0, a missing text as "".
// An unknown status, code or stage is kBadInput.
Result<Evaluation> EvaluationFromJson(const Json& json);
// The text of a member, "" where there is none.
std::string TextOf(const Json& object, std::string_view key);

}  // namespace kernelevolve
