#include "measure/paired_estimate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "measure/block_order.h"
#include "measure/testing/synthetic.h"

namespace kernelevolve::measure {
namespace {

double Coverage(const Synthetic& world, int repeats, uint64_t seed) {
  Random random(seed);
  int covered = 0;
  for (int i = 0; i < repeats; ++i) {
    const Estimate estimate = EstimateRatio(MakeTimes(world, random), 0);
    covered += estimate.ci[0] <= world.ratio && world.ratio <= estimate.ci[1];
  }
  return static_cast<double>(covered) / repeats;
}

TEST(PairedEstimate, FiveProcessesCoverTheTruth) {
  const double share = Coverage({.processes = 5, .ratio = 1.3}, 4000, 1);
  EXPECT_GT(share, 0.94);
  EXPECT_LT(share, 0.96);
}

TEST(PairedEstimate, TenProcessesCoverTheTruth) {
  const double share = Coverage({.processes = 10, .blocks = 10}, 4000, 2);
  EXPECT_GT(share, 0.94);
  EXPECT_LT(share, 0.96);
}

// Why a single process proves nothing: its interval knows only its own noise.
TEST(PairedEstimate, OneProcessCoversOnlyWithoutProcessEffects) {
  EXPECT_LT(Coverage({.processes = 1, .blocks = 200}, 500, 3), 0.2);
  const double share =
      Coverage({.processes = 1, .blocks = 20, .between = 0}, 4000, 4);
  EXPECT_GT(share, 0.93);
  EXPECT_LT(share, 0.97);
}

// The value is a mean of logs over blocks, then over processes.
TEST(PairedEstimate, ValueByHand) {
  const std::vector<ProcessTimes> processes = {
      {{1, 2}, {{2, 2}}},   // log ratios: log 2, log 1
      {{1, 1}, {{4, 16}}},  // log 4, log 16
  };
  const Estimate estimate = EstimateRatio(processes, 0);
  EXPECT_NEAR(estimate.value, std::pow(2.0 * 1 * 4 * 16, 1.0 / 4), 1e-12);
  ASSERT_EQ(estimate.logs.size(), 2u);
  EXPECT_NEAR(estimate.logs[0], std::log(2) / 2, 1e-12);
  EXPECT_NEAR(estimate.logs[1], std::log(64) / 2, 1e-12);
  EXPECT_EQ(estimate.df, 1);
}

TEST(PairedEstimate, WhatMovesBothAlikeCancels) {
  std::vector<ProcessTimes> processes(3);
  for (size_t p = 0; p < 3; ++p)
    for (int b = 0; b < 10; ++b) {
      const double speed = 1 + 0.3 * b + static_cast<double>(p);
      processes[p].candidate_us.push_back(10 * speed);
      processes[p].baselines_us.resize(1);
      processes[p].baselines_us[0].push_back(25 * speed);
    }
  const Estimate estimate = EstimateRatio(processes, 0);
  EXPECT_NEAR(estimate.value, 2.5, 1e-12);
  EXPECT_NEAR(estimate.half_width(), 0, 1e-12);
}

TEST(PairedEstimate, AFloorClipsTheClaim) {
  const std::vector<ProcessTimes> processes = {{{1, 1}, {{10, 10}}},
                                               {{1, 1}, {{10, 10}}}};
  EXPECT_NEAR(EstimateRatio(processes, 0).value, 10, 1e-12);
  EXPECT_NEAR(EstimateRatio(processes, 0, 4).value, 2.5, 1e-12);
}

TEST(PairedEstimate, OneBlockHasNoInterval) {
  const Estimate estimate = EstimateRatio({{{2}, {{3}}}}, 0);
  EXPECT_NEAR(estimate.value, 1.5, 1e-12);
  EXPECT_EQ(estimate.ci[0], 0);
  EXPECT_TRUE(std::isinf(estimate.ci[1]));
}

TEST(PairedEstimate, TimesAreMediansThenGeometricMeans) {
  const Estimate time = EstimateTime({{1, 2, 90}, {8, 8, 8}});
  EXPECT_NEAR(time.value, 4, 1e-12);
  EXPECT_LT(time.ci[0], 4);
  EXPECT_GT(time.ci[1], 4);
  const Estimate single = EstimateTime({{9, 10, 11, 10, 10, 9.5, 10.5}});
  EXPECT_DOUBLE_EQ(single.value, 10);
  EXPECT_GT(single.ci[0], 9);
  EXPECT_LT(single.ci[1], 11);
}

// Correlated blocks look more precise than they are; joined ones do not.
TEST(PairedEstimate, CorrelatedBlocksAreJoined) {
  Random random(5);
  std::vector<double> walk;
  double state = 0;
  for (int i = 0; i < 640; ++i) {
    state = 0.9 * state + random.Normal();
    walk.push_back(state);
  }
  const std::vector<double> joined = DecorrelatedMeans(walk);
  EXPECT_LT(joined.size(), 160u);
  EXPECT_GE(joined.size(), 5u);
  EXPECT_GT(StandardError(joined), 2 * StandardError(walk));

  std::vector<double> independent;
  for (int i = 0; i < 640; ++i) independent.push_back(random.Normal());
  EXPECT_EQ(DecorrelatedMeans(independent).size(), 640u);
}

TEST(BlockOrder, IsAPalindromeOfAllContenders) {
  Random random(6);
  std::map<int, int> first;
  for (int i = 0; i < 3000; ++i) {
    const std::vector<int> order = PalindromicOrder(3, random);
    ASSERT_EQ(order.size(), 6u);
    EXPECT_TRUE(std::equal(order.begin(), order.end(), order.rbegin()));
    std::vector<int> half(order.begin(), order.begin() + 3);
    ++first[half[0]];
    std::sort(half.begin(), half.end());
    EXPECT_EQ(half, (std::vector<int>{0, 1, 2}));
  }
  for (const auto& [contender, count] : first) EXPECT_NEAR(count, 1000, 120);
}

// Linear drift within a block weighs on every contender alike.
TEST(BlockOrder, LinearDriftCancels) {
  Random random(7);
  const std::vector<int> order = PalindromicOrder(4, random);
  std::vector<double> time(4);
  for (size_t i = 0; i < order.size(); ++i)
    time[static_cast<size_t>(order[i])] += 100 + 5 * static_cast<double>(i);
  for (const double each : time) EXPECT_DOUBLE_EQ(each, time[0]);
}

}  // namespace
}  // namespace kernelevolve::measure
