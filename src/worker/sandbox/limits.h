// The rlimits of a program: what a cgroup cannot do, and what stands in for it.
#pragma once

#include <vector>

#include "worker/sandbox/child_plan.h"

namespace kernelevolve::worker {

// `memory_by_cgroup` and `tasks_by_cgroup` of `facts` say whether rlimits have
// to stand in. Never above what we have ourselves.
std::vector<ResourceLimit> PlanLimits(const SandboxLimits& limits,
                                      const SandboxFacts& facts);

// Bit mask for sched_setaffinity; empty for no cpus.
std::vector<unsigned long> CpuMask(const std::vector<int>& cpus);

}  // namespace kernelevolve::worker
