#include "cli/progress_text.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

ProgressHeading Heading() {
  ProgressHeading heading{"softmax", "cpp@native", "mcts", "recipes",
                          "runs/softmax-1", {}};
  heading.budget.minutes = 1.5;
  heading.budget.nodes = 200;
  return heading;
}

RunProgress Middle() {
  RunProgress progress;
  progress.nodes = 84;
  progress.accepted = 61;
  progress.failures = {{Code::kTimeout, 3},
                       {Code::kWrongOutput, 12},
                       {Code::kBuildFailed, 8}};
  progress.in_flight = 3;
  progress.elapsed_s = 67;
  progress.budget_used = 0.744;
  progress.best = 57;
  progress.best_speedup = 3.42;
  progress.best_ci = {3.31, 3.55};
  progress.best_speed_of_light = 0.614;
  progress.device_busy = 0.38;
  return progress;
}

TEST(ProgressTextTest, BlockInTheMiddleOfASearch) {
  const std::vector<std::string> expected = {
      "softmax on cpp@native, mcts with recipes, in runs/softmax-1",
      "search    [##############......]  74 %  1:07 of 1:30 (ETA 0:23), node 84 "
      "of 200 (ETA 1:32)",
      "best      3.42x [3.31, 3.55], node 57, search stage, 61 % of the speed "
      "of light",
      "nodes     84, 3 in flight, 61 accepted, 23 failed",
      "failures  WRONG_OUTPUT 12, BUILD_FAILED 8, TIMEOUT 3",
      "device    38 % of the time held for timing",
  };
  EXPECT_EQ(ProgressBlock(Heading(), Middle()), expected);
}

TEST(ProgressTextTest, BlockBeforeTheFirstNode) {
  const std::vector<std::string> block =
      ProgressBlock(Heading(), RunProgress{});
  EXPECT_EQ(block[1], "search    [....................]   0 %  0:00 of 1:30 "
                      "(ETA 1:30), node 0 of 200");
  EXPECT_EQ(block[2], "best      none accepted yet");
  EXPECT_EQ(block[4], "failures  none");
}

TEST(ProgressTextTest, ConfirmCountsCandidates) {
  RunProgress progress = Middle();
  progress.phase = RunPhase::kConfirm;
  progress.phase_done = 2;
  progress.phase_total = 5;
  EXPECT_EQ(ProgressBlock(Heading(), progress)[1],
            "confirm   [########............]  40 %  2 of 5 candidates, 1:07");
}

TEST(ProgressTextTest, OneLine) {
  EXPECT_EQ(ProgressLine(Middle()),
            "1:07 search: 84 nodes, 61 accepted (WRONG_OUTPUT 12, BUILD_FAILED "
            "8, TIMEOUT 3); best 3.42x [3.31, 3.55], node 57, search stage, 61 "
            "% of the speed of light");
}

TEST(ProgressTextTest, BarStaysInItsCells) {
  EXPECT_EQ(BarText(-1, 4), "[....]   0 %");
  EXPECT_EQ(BarText(2, 4), "[####] 100 %");
}

}  // namespace
}  // namespace kernelevolve::cli
