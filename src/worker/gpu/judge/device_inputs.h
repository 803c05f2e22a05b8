// DeviceInputs: a case's inputs, written where the device reads them. Large
// tensors of plain random values are drawn there; the rest is drawn on the host
// as for a CPU and copied.
#pragma once

#include <string>

#include "worker/gpu/judge/device_kernels.h"
#include "worker/gpu/judge/gpu_session.h"

namespace kernelevolve::worker::gpu {

// One per secret; one thread.
class DeviceInputs {
 public:
  DeviceInputs(const Driver& driver, DeviceKernels& kernels, const Task& task,
               std::string secret);

  // Writes the case's inputs into the placed slots of `memory`; constant ones
  // only if asked to.
  Status Write(const InputCase& input_case, bool constants, TaskMemory& memory);
  const InputGenerator& generator() const { return generator_; }

 private:
  Status WriteAll(const InputCase& input_case, bool constants, TaskMemory& memory);
  // Elements of one input, each to the value of another.
  Status Nudge(const InputCase& input_case, TaskMemory& memory);
  uint64_t Seed(const InputCase& input_case, size_t index) const;

  const Driver& driver_;
  DeviceKernels& kernels_;
  const Task& task_;
  std::string secret_;
  std::string task_digest_;
  InputGenerator generator_;
};

}  // namespace kernelevolve::worker::gpu
