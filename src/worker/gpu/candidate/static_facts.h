// What a compiled kernel tells without running: registers, spills, shared
// memory, occupancy.
#pragma once

#include <set>
#include <vector>

#include "core/evaluation.h"
#include "worker/record/recorder.h"

namespace kernelevolve::worker::gpu {

// Adds metrics of the kernels that the plan launches and a line for each to the
// log. `device`: facts of a record request, or null for a typical one.
void AddStaticFacts(const RecordedKernel& recorded, int arch, const Json& device,
                    Evaluation* evaluation);

// The kernels of a call at the plan's shape `shape`, each once, in the order of
// their first launch.
std::vector<KernelProfile> DescribeKernels(const RecordedKernel& recorded,
                                           size_t shape, int arch,
                                           const Json& device);

// The plan's modules that hold them, ascending.
std::set<int> ModulesAt(const LaunchPlan& plan, size_t shape);

// Puts `kernels` in the place of those that counters name, and keeps the shares
// of time that these have.
void MergeKernels(std::vector<KernelProfile> kernels, Profile* profile);

}  // namespace kernelevolve::worker::gpu
