// How many blocks of a kernel run at once on a multiprocessor, and what stops
// there being more. Pure.
#pragma once

#include <string>

#include "worker/cubin/kernel_facts.h"

namespace kernelevolve::worker {

// What a device has, as its driver would say.
struct DeviceLimits {
  std::string name;
  int arch = 0;  // 90 for sm_90
  int multiprocessors = 0;
  uint64_t shared_per_block_optin = 0;
  uint64_t shared_per_multiprocessor = 0;
  int registers_per_multiprocessor = 0;
  int max_threads_per_multiprocessor = 0;
  int warp = 32;
  uint64_t l2_bytes = 0;
  uint64_t global_bytes = 0;
};

struct Occupancy {
  int blocks = 0;  // of one multiprocessor; 0: it cannot be launched
  int warps = 0;   // resident
  double share = 0;  // of the warps that a multiprocessor can hold
  // "threads", "registers", "shared memory" or "blocks"; "" if blocks is 0.
  std::string limited_by;
};

Occupancy ComputeOccupancy(const KernelFacts& kernel, const DeviceLimits& device,
                           uint32_t threads, uint64_t dynamic_shared_bytes);

}  // namespace kernelevolve::worker
