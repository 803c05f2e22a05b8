#include "worker/gpu/judge/flush_proof.h"

#include <algorithm>
#include <cstring>

#include "core/launch_plan.h"

namespace kernelevolve::worker::gpu {
namespace {

// ke_read over an allocation of its own.
LaunchPlan ReadPlan(const std::string& image, uint64_t bytes) {
  LaunchPlan plan;
  plan.modules.push_back(image);
  ShapePlan shape;
  shape.allocations = {bytes, 256};
  LaunchOp op;
  op.kernel = "ke_read";
  op.grid = {264, 1, 1};
  op.block = {512, 1, 1};
  op.offsets = {0, 8, 16};
  op.parameters.resize(24);
  const int64_t words = static_cast<int64_t>(bytes / 8);
  std::memcpy(op.parameters.data() + 8, &words, sizeof words);
  op.pointers = {{0, {{BufferRef::Kind::kAllocation, 0}, 0}},
                 {16, {{BufferRef::Kind::kAllocation, 1}, 0}}};
  shape.run.push_back(std::move(op));
  plan.shapes.push_back(std::move(shape));
  return plan;
}

Result<double> MedianUs(LauncherProcess& launcher, uint64_t flush_bytes) {
  constexpr int kCalls = 11;
  std::vector<double> times;
  for (int call = 0; call < kCalls; ++call) {
    TimeSample sample;
    ASSIGN_OR_RETURN(const auto failed, TimeCall(launcher, flush_bytes,
                                                 std::chrono::seconds(5), &sample));
    if (failed) return Broken("the flush cannot be proven: " + failed->message);
    times.push_back(sample.event_us);
  }
  std::nth_element(times.begin(), times.begin() + kCalls / 2, times.end());
  return times[kCalls / 2];
}

}  // namespace

Result<double> ColdToHot(const std::string& image, Launchers& launchers,
                         TaskMemory& memory, uint64_t l2_bytes,
                         uint64_t flush_bytes) {
  ASSIGN_OR_RETURN(LauncherProcess* launcher, launchers.Launcher(0, memory));
  // A quarter of the cache stays in it for certain.
  const LaunchPlan plan = ReadPlan(image, l2_bytes / 4);
  const auto prepare = [&]() -> Verdictless {
    RETURN_IF_FAILED(launcher->Load(plan.shapes[0], plan.modules));
    RETURN_IF_FAILED(launcher->Bind(BindRequest{}));
    return launcher->Setup();
  };
  ASSIGN_OR_RETURN(const auto failed, prepare());
  if (failed) return Broken("the flush cannot be proven: " + failed->message);
  ASSIGN_OR_RETURN(const double hot, MedianUs(*launcher, 0));
  ASSIGN_OR_RETURN(const double cold, MedianUs(*launcher, flush_bytes));
  return hot > 0 ? cold / hot : 0;
}

}  // namespace kernelevolve::worker::gpu
