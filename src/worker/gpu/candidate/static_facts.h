// What a compiled kernel tells without running: registers, spills, shared
// memory, occupancy.
#pragma once

#include "core/evaluation.h"
#include "worker/record/recorder.h"

namespace kernelevolve::worker::gpu {

// Adds metrics of the kernels that the plan launches and a line for each to the
// log. `device`: facts of a record request, or null for a typical one.
void AddStaticFacts(const RecordedKernel& recorded, int arch, const Json& device,
                    Evaluation* evaluation);

}  // namespace kernelevolve::worker::gpu
