// The sentences of skills. What models and tools wrote is hostile: one line in
// quotation marks, cut short.
#pragma once

#include <string>

#include "engine/distil_failures.h"
#include "engine/distil_region.h"
#include "engine/distil_steps.h"

namespace kernelevolve {

// Each is one item of a list, with its line break.
std::string StepText(const WinningStep& step);
std::string ParameterText(const ParameterRegion& parameter);
std::string FailureText(const RepeatedFailure& failure);

// What was new in a node, in the words of whoever made it.
std::string Described(const Node& node);

// Of a skill's words: a name, a number, a stage.
inline constexpr size_t kWordBytes = 60;

}  // namespace kernelevolve
