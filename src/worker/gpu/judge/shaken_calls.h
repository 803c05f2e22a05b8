// Gate G5 on a device: the same kernels, with pauses strewn into their PTX
// (shaken_ptx.h). Races in global memory and between launches have no detector; what
// they make of an unlucky schedule shows in the outputs.
#pragma once

#include <string>
#include <vector>

#include "wire/messages.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/shaken_ptx.h"

namespace kernelevolve::worker::gpu {

struct ShakenSubject {
  GpuCorrectness::Parts parts;
  const wire::EvaluateRequest& request;
  const PlannedKernel& kernel;
  const CheckSet& checks;
};

// Calls of a kernel that was right before, at a small shape and at a listed one: RACE
// if a value is wrong, or memory is touched that is not the kernel's, and neither
// happens in the same calls without pauses. In a search only kernels whose blocks or
// launches may wait for each other are called. What cannot be compiled, or does not
// end, is a note and no verdict: a grid may need all of its blocks at once.
Verdictless CheckShaken(const ShakenSubject& subject,
                        std::vector<std::string>* notes);

// Whether blocks or launches of a plan may depend on who comes first: several
// streams, dependent launches, PTX that talks between blocks.
bool MayRace(const LaunchPlan& plan);

struct ShakenKernel {
  PlannedKernel kernel;
  int modules = 0;  // that are the driver's build of shaken PTX
  int unknown = 0;  // that are launched from, and some of whose kernels are not in it
};
ShakenKernel Shake(const PlannedKernel& kernel, const std::string& tag, Pauses pauses);
// The same kernel, from PTX as it is where that is known.
PlannedKernel FromPtx(const PlannedKernel& kernel);

// Whether a failure of a shaken call may come of the schedule alone.
bool MayComeOfSchedule(const Failure& failure);

}  // namespace kernelevolve::worker::gpu
