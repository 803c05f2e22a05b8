// What a baseline and an empty call take on a device on which no candidate works.
// Work that host code (tier H) has left on the device goes on while its process
// is paused; where these take longer beside a candidate, it may be why.
#pragma once

#include <map>
#include <string>

#include "worker/gpu/host/outside_clock.h"
#include "worker/gpu/judge/torch_panel.h"

namespace kernelevolve::worker::gpu {

struct QuietTimes {
  double anchor_us = 0, empty_us = 0;
};
// By the name of a shape.
using QuietRecord = std::map<std::string, QuietTimes>;

struct QuietParts {
  const Driver& driver;
  DeviceKernels& kernels;
  const Task& task;
  TaskMemory& memory;
  TorchPanel& panel;
  OutsideClock& outside;
  uint64_t flush_bytes = 0;
};

// While there is no candidate's process. Inputs hold values of the shape.
Result<QuietTimes> MeasureQuiet(const QuietParts& parts, const ShapeCase& shape,
                                size_t anchor);

// Whether something else worked on the device: a fifth more for the anchor or an
// empty call, beyond what scheduling explains. Pure.
bool IsDisturbed(const QuietTimes& quiet, const QuietTimes& beside);

// What is to be said of a kernel beside which the device was disturbed twice, in
// view of what was found once it was gone: SABOTAGE where it must have been its
// doing, else NOISY. Pure.
Failure ExplainDisturbance(const std::string& shape, const QuietTimes& quiet,
                           const QuietTimes& beside, const QuietTimes& alone);

}  // namespace kernelevolve::worker::gpu
