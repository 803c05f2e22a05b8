// BufferTable: where the memory that a plan names lies on the device.
#pragma once

#include <optional>
#include <vector>

#include "core/launch_plan.h"
#include "worker/gpu/driver/cuda_types.h"

namespace kernelevolve::worker::gpu {

// A value; whoever fills it owns the memory.
struct BufferTable {
  std::vector<CuAddress> inputs, outputs, allocations;
  CuAddress workspace = 0;
  std::vector<CuAddress> variables;

  // nullopt where there is no such buffer. An offset may lead outside it: that
  // is the kernel's matter.
  std::optional<CuAddress> Find(const BufferPlace& place) const;
};

}  // namespace kernelevolve::worker::gpu
