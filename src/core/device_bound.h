// What bounds a kernel on a GPU, by rules over measured shares and counters.
// Pure.
#pragma once

#include "core/profile.h"
#include "core/profile_bound.h"

namespace kernelevolve {

// What is known of one shape on a device. Shares are of the measured roofs.
struct DeviceBoundFacts {
  bool cost_known = false;  // memory and compute mean something
  double memory = 0, compute = 0;
  double time_us = 0;
  double launch_us = 0;  // what an empty kernel takes
  int64_t blocks = 0;    // of the largest launch of a call; 0 = not known
  int multiprocessors = 0;
  // Counters, at the shape where they were read.
  const DeviceProfile* counted = nullptr;
};

// The first rule that speaks decides; docs/judge.md lists them in order.
BoundDecision DecideDeviceBound(const DeviceBoundFacts& facts);

// Once the kernels' own limits are known: a shape that waits, with few warps to
// hide it, is bound by occupancy. Sets the overall bound anew.
void ApplyOccupancy(Profile* profile);

}  // namespace kernelevolve
