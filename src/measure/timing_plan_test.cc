#include "measure/timing_plan.h"

#include <gtest/gtest.h>

namespace kernelevolve::measure {
namespace {

TEST(TimingPlan, ShortCallsHaveMoreBlocksUntilTheirTimeIsOver) {
  TimingPlan plan;
  plan.max_blocks = 10;
  EXPECT_TRUE(HasBlocksLeft(plan, 9, 5.0));
  EXPECT_FALSE(HasBlocksLeft(plan, 10, 0.0));
  plan.quick_s = 0.2;
  EXPECT_TRUE(HasBlocksLeft(plan, 10, 0.1));
  EXPECT_FALSE(HasBlocksLeft(plan, 10, 0.2));
  EXPECT_TRUE(HasBlocksLeft(plan, 39, 0.1));
  EXPECT_FALSE(HasBlocksLeft(plan, 40, 0.1)) << "however short they are";
}

TEST(TimingPlan, EachStageIsMoreExactThanTheOneBefore) {
  for (const auto plan_of : {CpuTimingPlan, GpuTimingPlan}) {
    const TimingPlan search = plan_of(Stage::kSearch), confirm = plan_of(Stage::kConfirm),
                     final = plan_of(Stage::kFinal);
    EXPECT_EQ(search.processes, 1);
    EXPECT_LT(confirm.processes, final.processes);
    EXPECT_LT(final.precision.relative_error, confirm.precision.relative_error);
    EXPECT_LT(confirm.precision.relative_error, search.precision.relative_error);
    EXPECT_LT(search.max_blocks, confirm.max_blocks);
    EXPECT_LT(confirm.max_blocks, final.max_blocks);
  }
}

}  // namespace
}  // namespace kernelevolve::measure
