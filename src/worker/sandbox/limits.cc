#include "worker/sandbox/limits.h"

#include <climits>

namespace kernelevolve::worker {
namespace {

// Where the cgroup counts tasks too, it shall be the one that refuses: only it
// tells. The rlimit is a second wall a little behind.
constexpr uint64_t kTaskSlack = 8;
constexpr uint64_t kStackBytes = 8 << 20;

ResourceLimit Limit(int resource, uint64_t wanted) {
  rlimit own = {};
  getrlimit(static_cast<__rlimit_resource>(resource), &own);
  const rlim_t value = std::min<rlim_t>(wanted, own.rlim_max);
  return {resource, {value, value}};
}

}  // namespace

std::vector<ResourceLimit> PlanLimits(const SandboxLimits& limits,
                                      const SandboxFacts& facts) {
  std::vector<ResourceLimit> list = {
      Limit(RLIMIT_CORE, 0),
      Limit(RLIMIT_CPU, limits.cpu_seconds),
      Limit(RLIMIT_FSIZE, limits.file_bytes),
      Limit(RLIMIT_NOFILE, limits.open_files),
      Limit(RLIMIT_MSGQUEUE, 0),
      Limit(RLIMIT_NPROC,
            limits.tasks + (facts.tasks_by_cgroup ? kTaskSlack : 0)),
  };
  // Compilers raise the soft limit of the stack by themselves, so the hard one
  // stays.
  ResourceLimit stack = Limit(RLIMIT_STACK, RLIM_INFINITY);
  stack.value.rlim_cur = std::min<rlim_t>(kStackBytes, stack.value.rlim_max);
  list.push_back(stack);
  // Private memory only: the judge's shared tensors must not count.
  if (!facts.memory_by_cgroup)
    list.push_back(Limit(RLIMIT_DATA, limits.memory_bytes));
  return list;
}

std::vector<unsigned long> CpuMask(const std::vector<int>& cpus) {
  constexpr size_t kBits = sizeof(unsigned long) * CHAR_BIT;
  std::vector<unsigned long> mask;
  for (int cpu : cpus) {
    if (cpu < 0) continue;
    if (mask.size() <= cpu / kBits) mask.resize(cpu / kBits + 1);
    mask[cpu / kBits] |= 1ul << (cpu % kBits);
  }
  return mask;
}

}  // namespace kernelevolve::worker
