#include "measure/challenge.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"

namespace kernelevolve::measure {
namespace {

TEST(Challenge, HolmDividesTheErrorByWhatIsLeft) {
  // 0.05 / 3, / 2 and / 1 in turn; the second stops what comes after it.
  EXPECT_EQ(HolmRejects({0.016, 0.024, 0.04}, 0.05), (std::vector{true, true, true}));
  EXPECT_EQ(HolmRejects({0.04, 0.026, 0.016}, 0.05), (std::vector{false, false, true}));
  EXPECT_EQ(HolmRejects({0.017, 0.017, 0.017}, 0.05),
            (std::vector{false, false, false}));
  EXPECT_EQ(HolmRejects({0.05}, 0.05), std::vector{true});
  EXPECT_TRUE(HolmRejects({}, 0.05).empty());
}

TEST(Challenge, WelchsTest) {
  const auto holder = EstimateFromLogs({0.10, 0.12, 0.11});
  // t = 0.2 / sqrt(2e-4 / 3 * ...): far beyond any doubt.
  EXPECT_LT(ChanceOfNoLead(EstimateFromLogs({0.30, 0.32, 0.31}), holder, 0), 1e-4);
  EXPECT_NEAR(ChanceOfNoLead(holder, holder, 0), 0.5, 1e-12);
  EXPECT_GT(ChanceOfNoLead(holder, EstimateFromLogs({0.30, 0.32, 0.31}), 0), 0.999);
}

TEST(Challenge, TheLeadMustBeMoreThanTheMargin) {
  const auto holder = EstimateFromLogs({0, 0.001, -0.001});
  const auto challenger = EstimateFromLogs({0.02, 0.021, 0.019});
  EXPECT_LT(ChanceOfNoLead(challenger, holder, 0), 0.01);
  EXPECT_GT(ChanceOfNoLead(challenger, holder, 0.03), 0.99);
}

TEST(Challenge, WhatHasNoErrorIsTakenAsItIsAndOneProcessProvesNothing) {
  EXPECT_EQ(ChanceOfNoLead(EstimateFromLogs({0.2, 0.2}), EstimateFromLogs({0.1, 0.1}), 0),
            0);
  EXPECT_EQ(ChanceOfNoLead(EstimateFromLogs({0.2}), EstimateFromLogs({0.1, 0.1}), 0), 1);
}

// The better of ten that are all alike leads often; that it is believed is rare.
TEST(Challenge, LuckAmongTenDoesNotTakeTheTitle) {
  Random random(5);
  const auto sample = [&] {
    std::vector<double> logs;
    for (int i = 0; i < 4; ++i) logs.push_back(0.02 * random.Normal());
    return EstimateFromLogs(logs);
  };
  int lost = 0;
  constexpr int kRuns = 400, kChallengers = 10;
  for (int run = 0; run < kRuns; ++run) {
    const Estimate holder = sample();
    std::vector<double> chances;
    for (int i = 0; i < kChallengers; ++i)
      chances.push_back(ChanceOfNoLead(sample(), holder, 0));
    const auto rejected = HolmRejects(chances, 0.05);
    lost += std::count(rejected.begin(), rejected.end(), true) > 0;
  }
  EXPECT_LT(lost, kRuns * 8 / 100);
}

}  // namespace
}  // namespace kernelevolve::measure
