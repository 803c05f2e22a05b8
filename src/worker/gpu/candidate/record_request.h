// What a recorder is told: parameters, shapes, and the device whose limits a
// kernel's host code may ask for (docs/launch-plan.md).
#pragma once

#include <vector>

#include "wire/messages.h"

namespace kernelevolve::worker::gpu {

Json MakeRecordRequest(const wire::EvaluateRequest& request,
                   const std::vector<ShapeCase>& shapes, int arch,
                   const Json& device);

// Limits of an architecture's common device, for machines that have none.
Json TypicalDevice(int arch);

}  // namespace kernelevolve::worker::gpu
