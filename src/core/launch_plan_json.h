// The JSON form of a launch plan: what recorders answer and what travels to the
// process that holds the device. Format 1; docs/launch-plan.md describes it.
#pragma once

#include "base/json.h"
#include "core/launch_plan.h"

namespace kernelevolve {

// The plan alone; modules travel beside it.
Json PlanToJson(const LaunchPlan& plan);
// kBadInput names the field. The text may come from hostile code: sizes and
// counts are bounded, nothing is trusted. Fills `shapes`; `modules` is empty.
Result<LaunchPlan> PlanFromJson(const Json& json);

}  // namespace kernelevolve
