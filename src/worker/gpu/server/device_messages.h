// What workers ask the process that holds a device, and its JSON.
#pragma once

#include "base/json.h"
#include "wire/messages.h"
#include "worker/gpu/judge/gpu_correctness.h"

namespace kernelevolve::worker::gpu {

// The request's secret must be set: both sides derive the held-out shapes from
// it. The answer is an evaluation or an error message (wire/messages.h).
Json JudgeMessage(const wire::EvaluateRequest& request, const LaunchPlan& plan);
// The same for a candidate that no plan can hold, for the reason given: its host
// code is to be run (tier H).
Json JudgeHostMessage(const wire::EvaluateRequest& request,
                      const std::string& no_plan);
// kBadInput names the field. `kernel->shapes` is filled from the request.
Status ReadJudgeMessage(const Json& message, wire::EvaluateRequest* request,
                        PlannedKernel* kernel);

// The shapes a candidate is recorded for: listed ones, then held-out ones.
std::vector<ShapeCase> ShapesToRecord(const wire::EvaluateRequest& request);

// "What are you?": answered by the device's facts as a record request has them.
Json FactsMessage();

}  // namespace kernelevolve::worker::gpu
