// The call of a candidate that compute-sanitizer watches: one, at a shape that is
// small enough for a kernel a hundred times slower.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "wire/messages.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/judge/machine.h"

namespace kernelevolve::worker::gpu {

struct WatchedKernel {
  const Machine& machine;
  int device;
  const std::string& driver_library;
  const Task& task;
  GpuOracle& oracle;
  const wire::EvaluateRequest& request;
  const PlannedKernel& kernel;
};

// What any tool that is on finds.
std::optional<Failure> SanitizeKernel(const WatchedKernel& subject,
                                      const CheckSet& checks,
                                      std::vector<std::string>* notes);

// Wrong values of a kernel with shared memory: RACE where racecheck sees a
// hazard, else as they were called.
Failure NameByHazards(const WatchedKernel& subject, const CheckSet& checks,
                      const Failure& wrong, std::vector<std::string>* notes);

}  // namespace kernelevolve::worker::gpu
