// Measured roofs of a device: what no kernel on it can beat.
#pragma once

#include <map>
#include <string>

#include "base/file.h"
#include "core/task.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/torch/torch_messages.h"

namespace kernelevolve::worker::gpu {

struct GpuRoofs {
  double bytes = 0;        // per second, copying: read and written together
  double write_bytes = 0;  // per second, writing alone
  std::map<std::string, double> flops;  // per second: "f16", "tf32", "f32", …
  double launch_us = 0;    // an empty kernel
  uint64_t l2_bytes = 0;
  double cold_to_hot = 0;  // proof that the flush flushes
};

// From `file` if they were measured for this device there.
std::optional<GpuRoofs> ReadRoofs(const fs::path& file, const DeviceInfo& device);
Status WriteRoofs(const fs::path& file, const DeviceInfo& device,
                  const GpuRoofs& roofs);
GpuRoofs RoofsFrom(const TorchRoofs& measured, const DeviceInfo& device,
                   double cold_to_hot);

// Operations per second in the precision that the task's contract asks for.
double TaskFlops(const Task& task, const GpuRoofs& roofs);
// Lower bound on one call at a shape, microseconds: the larger of compulsory
// bytes and operations over their roofs; 0 without a [cost].
double SpeedOfLightUs(const Task& task, const ShapeCase& shape,
                      const GpuRoofs& roofs);
// What no kernel can be quicker than: outputs may stay in the L2 cache, and
// products may be made of parts on the matrix units.
double ImpossibleBelowUs(const Task& task, const ShapeCase& shape,
                         const GpuRoofs& roofs);

}  // namespace kernelevolve::worker::gpu
