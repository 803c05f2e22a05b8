// Whether a candidate of tier H does the work itself: in a process where its
// kernels are never launched the outputs have to be wrong.
#pragma once

#include "worker/gpu/host/host_processes.h"
#include "worker/gpu/judge/gpu_correctness.h"

namespace kernelevolve::worker::gpu {

// DELEGATION where it launches no kernel of its own and is right, DECOY where it
// is right without those that it launches. A compiled extension cannot be left
// out: then a note says so. Ends the second world's process.
Verdictless CheckOwnWork(const GpuCorrectness::Parts& parts,
                         HostProcesses& processes, const PlannedKernel& kernel,
                         const std::string& secret,
                         std::vector<std::string>* notes);

}  // namespace kernelevolve::worker::gpu
