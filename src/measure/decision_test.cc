#include "measure/decision.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace kernelevolve::measure {
namespace {

TEST(Decision, MarginDecides) {
  EXPECT_EQ(Decide({1.04, 1.2}, 0.03), Decision::kFaster);
  EXPECT_EQ(Decide({1.02, 1.2}, 0.03), Decision::kInconclusive);
  EXPECT_EQ(Decide({0.8, 0.96}, 0.03), Decision::kSlower);
  EXPECT_EQ(Decide({0.98, 1.02}, 0.03), Decision::kSame);
  EXPECT_EQ(Decide({0.9, 1.1}, 0.03), Decision::kInconclusive);
  EXPECT_EQ(DecisionName(Decision::kSame), "same");
  EXPECT_EQ(MarginOf("cpu"), kCpuMargin);
  EXPECT_EQ(MarginOf("gpu"), kGpuMargin);
}

TEST(Decision, ShrinkUndoesTheWinnersCurse) {
  Random random(4);
  double raw_bias = 0, shrunk_bias = 0;
  constexpr int kRepeats = 400;
  for (int i = 0; i < kRepeats; ++i) {
    double best = -1, truth = 0;
    for (int c = 0; c < 200; ++c) {
      const double true_log = 0.02 * random.Normal();
      const double measured = true_log + 0.02 * random.Normal();
      if (measured > best) {
        best = measured;
        truth = true_log;
      }
    }
    raw_bias += (best - truth) / kRepeats;
    shrunk_bias += (Shrink(best, 0, 4e-4, 4e-4) - truth) / kRepeats;
  }
  EXPECT_GT(raw_bias, 0.03);
  EXPECT_NEAR(shrunk_bias, 0, 0.004);
}

}  // namespace
}  // namespace kernelevolve::measure
