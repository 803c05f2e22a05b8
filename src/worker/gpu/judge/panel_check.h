// Whether a task's baselines compute what they are timed for: a graph of a library
// that keeps something on the host replays an old answer (cuDNN's recurrent
// layers), and would be a denominator, and a witness, that is worth nothing.
#pragma once

#include "worker/gpu/judge/gpu_oracle.h"

namespace kernelevolve::worker::gpu {

struct CheckedPanel {
  DeviceKernels& kernels;
  const Task& task;
  TaskMemory& memory;
  TorchPanel& panel;
};

// Of each member that is ready at `shape`, one call on the inputs that are in
// their slots, against `answer`. A member that is plainly wrong is prepared again
// without a graph, and left out at this shape if that does not help; both leave a
// note. Rounding, and the other choice among equals, are no matter here.
Status CheckPanel(const CheckedPanel& checked, const ShapeCase& shape,
                  const DeviceAnswer& answer);

}  // namespace kernelevolve::worker::gpu
