#include "measure/timing_plan.h"

namespace kernelevolve::measure {

bool HasBlocksLeft(const TimingPlan& plan, size_t blocks, double elapsed_s) {
  constexpr size_t kMore = 4;
  return blocks < plan.max_blocks ||
         (elapsed_s < plan.quick_s && blocks < kMore * plan.max_blocks);
}

TimingPlan CpuTimingPlan(Stage stage) {
  TimingPlan plan;
  switch (stage) {
    case Stage::kSearch:
      plan.max_blocks = 10;
      plan.precision = {.relative_error = 0.02, .min_blocks = 4,
                        .min_seconds = 0, .timeout_s = 0.06};
      break;
    case Stage::kConfirm:
      plan.processes = 3;
      plan.max_blocks = 20;
      plan.whole_panel = plan.against_itself = true;
      plan.precision = {.relative_error = 0.005, .min_blocks = 8,
                        .min_seconds = 0, .timeout_s = 1};
      break;
    case Stage::kFinal:
      plan.processes = 7;
      plan.max_blocks = 30;
      plan.quick_s = 0.25;
      plan.whole_panel = plan.against_itself = true;
      plan.precision = {.relative_error = 0.002, .min_blocks = 20,
                        .min_seconds = 0, .timeout_s = 3};
      break;
  }
  return plan;
}

TimingPlan GpuTimingPlan(Stage stage) {
  TimingPlan plan;
  switch (stage) {
    case Stage::kSearch:
      plan.max_blocks = 8;
      plan.precision = {.relative_error = 0.01, .min_blocks = 3,
                        .min_seconds = 0, .timeout_s = 0.02};
      break;
    case Stage::kConfirm:
      plan.processes = 3;
      plan.max_blocks = 30;
      plan.whole_panel = true;
      plan.precision = {.relative_error = 0.003, .min_blocks = 10,
                        .min_seconds = 0, .timeout_s = 1};
      break;
    case Stage::kFinal:
      plan.processes = 7;
      plan.max_blocks = 60;
      plan.whole_panel = true;
      plan.precision = {.relative_error = 0.0015, .min_blocks = 20,
                        .min_seconds = 0, .timeout_s = 2};
      break;
  }
  return plan;
}

}  // namespace kernelevolve::measure
