#include "worker/gpu/judge/gpu_profiler.h"

#include <chrono>

#include "base/text.h"
#include "worker/gpu/judge/device_inputs.h"
#include "worker/gpu/judge/gpu_counters.h"

namespace kernelevolve::worker::gpu {

Result<DeviceProfile> GpuProfiler::Count(const PlannedKernel& kernel,
                                         const ShapeResult& heaviest) const {
  const ShapeCase* shape = parts_.task.FindShape(heaviest.name);
  const ShapePlan* plan = shape ? kernel.For(*shape) : nullptr;
  if (!plan) return Missing("no plan for the shape " + heaviest.name);
  parts_.memory.Place(parts_.task, *shape, PlacementRule::kAligned256,
                      plan->workspace_bytes);
  DeviceInputs inputs(parts_.driver, parts_.kernels, parts_.task, secret_);
  InputCase input_case;
  input_case.shape = *shape;
  RETURN_IF_ERROR(inputs.Write(input_case, /*constants=*/true, parts_.memory));
  return CountCall({parts_.launchers, parts_.task, parts_.memory, *shape, *plan,
                    kernel.plan.modules});
}

void GpuProfiler::Run(const PlannedKernel& kernel, bool full,
                      Evaluation* evaluation) const {
  using Steady = std::chrono::steady_clock;
  const auto start = Steady::now();
  GpuProfileFacts facts{parts_.task, parts_.roofs, parts_.device.multiprocessors,
                        {}, {}};
  for (const ShapeResult& shape : evaluation->shapes)
    if (const ShapeCase* found = parts_.task.FindShape(shape.name))
      if (const ShapePlan* plan = kernel.For(*found))
        facts.blocks[shape.name] = LargestGrid(*plan);
  std::string lost;
  if (const ShapeResult* heaviest = HeaviestShape(evaluation->shapes);
      full && heaviest && kernel.host) {
    lost = "hardware counters and stall reasons: they are taken of plans, and "
           "there is none";
  } else if (full && heaviest) {
    auto counted = Count(kernel, *heaviest);
    if (counted)
      facts.counted = *std::move(counted);
    else
      lost = "hardware counters and stall reasons: " +
             Sanitize(counted.error().message, 300);
  }
  Profile profile = MakeGpuProfile(evaluation->shapes, facts);
  profile.full = full;
  if (!lost.empty()) profile.lost.push_back(lost);
  evaluation->profile = std::move(profile);
  evaluation->phases.profile +=
      std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

}  // namespace kernelevolve::worker::gpu
