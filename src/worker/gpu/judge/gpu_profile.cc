#include "worker/gpu/judge/gpu_profile.h"

#include <algorithm>

#include "core/device_bound.h"
#include "worker/timing/roofs.h"

namespace kernelevolve::worker::gpu {

const ShapeResult* HeaviestShape(const std::vector<ShapeResult>& shapes) {
  const ShapeResult* heaviest = nullptr;
  for (const ShapeResult& shape : shapes)
    if (shape.time_us > 0 &&
        (!heaviest ||
         shape.weight * shape.time_us > heaviest->weight * heaviest->time_us))
      heaviest = &shape;
  return heaviest;
}

int64_t LargestGrid(const ShapePlan& plan) {
  int64_t largest = 0;
  for (const PlanOp& op : plan.run)
    if (const auto* launch = std::get_if<LaunchOp>(&op))
      largest = std::max(largest, int64_t{launch->grid[0]} * launch->grid[1] *
                                      launch->grid[2]);
  return largest;
}

Profile MakeGpuProfile(const std::vector<ShapeResult>& times,
                       const GpuProfileFacts& facts) {
  Profile profile;
  profile.roofs.bytes_per_s = facts.roofs.bytes;
  profile.roofs.flops_per_s = TaskFlops(facts.task, facts.roofs);
  profile.roofs.cold = facts.task.objective.cold_cache;
  profile.device = facts.counted.value_or(DeviceProfile{});
  for (const ShapeResult& time : times) {
    const ShapeCase* shape = facts.task.FindShape(time.name);
    if (!shape || time.time_us <= 0) continue;
    const TaskCost cost = CostAt(facts.task, *shape);
    const double seconds = time.time_us * 1e-6;
    DeviceBoundFacts known;
    known.cost_known = cost.known;
    known.time_us = time.time_us;
    known.launch_us = facts.roofs.launch_us;
    known.multiprocessors = facts.multiprocessors;
    if (profile.roofs.bytes_per_s > 0)
      known.memory = cost.bytes / (seconds * profile.roofs.bytes_per_s);
    if (profile.roofs.flops_per_s > 0)
      known.compute = cost.flops / (seconds * profile.roofs.flops_per_s);
    if (const auto found = facts.blocks.find(time.name);
        found != facts.blocks.end())
      known.blocks = found->second;
    if (facts.counted && facts.counted->shape == time.name)
      known.counted = &*facts.counted;
    BoundDecision decision = DecideDeviceBound(known);
    profile.shapes.push_back({.name = time.name,
                              .weight = time.weight,
                              .memory = known.memory,
                              .compute = known.compute,
                              .bound = decision.bound,
                              .why = std::move(decision.why)});
  }
  profile.bound = OverallBound(profile.shapes);
  return profile;
}

}  // namespace kernelevolve::worker::gpu
