// A candidate's outputs of a timed call against those of a baseline on the same
// inputs, and who of the two is wrong where they differ.
#pragma once

#include <optional>
#include <vector>

#include "worker/gpu/judge/gpu_oracle.h"
#include "worker/gpu/judge/gpu_session.h"
#include "worker/judge/verify.h"

namespace kernelevolve::worker::gpu {

// Inputs, outputs and the panel's outputs of the call are in their slots.
struct TimedCall {
  DeviceKernels& kernels;
  const Task& task;
  GpuSession& session;
  GpuOracle& oracle;
  const ShapeCase& shape;
  // What the exact comparison allowed at this shape, one for each output.
  const std::vector<Allowance>& granted;
};

struct PanelComparison {
  std::optional<Failure> failure;
  // They differ, and the candidate is right: the baseline is no witness.
  bool baseline_wrong = false;
};

// Nobody is refused on a baseline's word: a difference is put before the exact
// oracle, with the very inputs that are in memory.
Result<PanelComparison> CompareWithPanel(const TimedCall& call,
                                         Evidence* evidence);

// What a candidate and a baseline may differ by: both may err, each in its own
// direction. `scale` is that of the baseline's values. Pure.
Allowance BothMayErr(const Allowance& granted, double scale);

}  // namespace kernelevolve::worker::gpu
