#include "measure/decision.h"

#include <gtest/gtest.h>

#include <cmath>

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
}

TEST(Decision, PValueOfAClearAndOfNoDifference) {
  const std::vector<double> clear = {0.2, 0.21, 0.19, 0.2, 0.22};
  EXPECT_LT(FasterPValue(clear, 0.03), 1e-4);
  const std::vector<double> none = {0.01, -0.01, 0.02, -0.02, 0.0};
  EXPECT_GT(FasterPValue(none, 0.03), 0.9);
  EXPECT_EQ(FasterPValue(std::vector<double>{5}, 0), 1);
}

TEST(Decision, PValuesAreUniformUnderTheNull) {
  Random random(3);
  int below = 0;
  constexpr int kRepeats = 4000;
  for (int i = 0; i < kRepeats; ++i) {
    std::vector<double> logs;
    for (int p = 0; p < 5; ++p)
      logs.push_back(std::log(1.03) + 0.01 * random.Normal());
    below += FasterPValue(logs, 0.03) < 0.05;
  }
  EXPECT_NEAR(static_cast<double>(below) / kRepeats, 0.05, 0.012);
}

TEST(Decision, HolmStepsDown) {
  // Thresholds 0.0125, 0.0167, 0.025, 0.05.
  EXPECT_EQ(HolmReject({0.02, 0.001, 0.013, 0.2}),
            (std::vector<bool>{true, true, true, false}));
  EXPECT_EQ(HolmReject({0.02, 0.02, 0.02}),
            (std::vector<bool>{false, false, false}));
  EXPECT_TRUE(HolmReject({}).empty());
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
