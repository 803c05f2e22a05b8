// Gate G5 on a device: the same kernels, with pauses strewn into their PTX
// (shaken_ptx.h). Races in global memory and between launches have no detector; what
// they make of an unlucky schedule shows in the outputs.
#pragma once

#include <string>
#include <vector>

#include "wire/messages.h"
#include "worker/gpu/judge/gpu_correctness.h"

namespace kernelevolve::worker::gpu {

struct ShakenSubject {
  GpuCorrectness::Parts parts;
  const wire::EvaluateRequest& request;
  const PlannedKernel& kernel;
  const CheckSet& checks;
};

// Calls of a kernel that was right before, at a small shape and at a listed one: RACE
// if a value is wrong. In a search only kernels whose blocks talk to each other are
// called. What cannot be compiled, or does not end, is a note and no verdict: a grid
// may need all of its blocks at once.
Verdictless CheckShaken(const ShakenSubject& subject, Evidence* evidence,
                        std::vector<std::string>* notes);

}  // namespace kernelevolve::worker::gpu
