// The device's part of a Profile: shares of the roofs from the measured times,
// counters, and what bounds each shape. What only a compiled image tells is
// added by the worker that recorded it (candidate/static_facts.h).
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/evaluation.h"
#include "core/launch_plan.h"
#include "core/task.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/judge/gpu_roofs.h"

namespace kernelevolve::worker::gpu {

// The shape whose calls a profile is best made of: the one that weighs most in
// time. Null without timed shapes.
const ShapeResult* HeaviestShape(const std::vector<ShapeResult>& shapes);

struct GpuProfileFacts {
  const Task& task;
  const GpuRoofs& roofs;
  int multiprocessors = 0;
  // A shape's largest launch in blocks, by name; 0 = not known.
  std::map<std::string, int64_t> blocks;
  std::optional<DeviceProfile> counted;
};

// Pure. The profile's `full` is set by whoever counted.
Profile MakeGpuProfile(const std::vector<ShapeResult>& times,
                       const GpuProfileFacts& facts);

// Blocks of the largest launch of a call.
int64_t LargestGrid(const ShapePlan& plan);

}  // namespace kernelevolve::worker::gpu
