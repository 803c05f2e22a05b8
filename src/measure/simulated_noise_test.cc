#include "measure/simulated_noise.h"

#include <gtest/gtest.h>

#include <cmath>

#include "measure/noise.h"
#include "measure/statistics.h"

namespace kernelevolve::measure {
namespace {

NoiseWorld Quiet() {
  NoiseWorld world;
  world.between = world.within = world.common = 0;
  return world;
}

std::vector<double> Ratios(const NoiseWorld& world, size_t blocks) {
  Random random(1);
  SimulatedProcess process(world, 0.1, random);
  ProcessTimes times;
  times.baselines_us.resize(1);
  for (size_t i = 0; i < blocks; ++i) process.AddBlock(i, blocks, &times);
  return BlockLogRatios(times, 0);
}

TEST(SimulatedNoise, WithoutNoiseEveryBlockTellsTheTruth) {
  for (const double ratio : Ratios(Quiet(), 10)) EXPECT_NEAR(ratio, 0.1, 1e-12);
}

TEST(SimulatedNoise, WhatMovesBothContendersCancels) {
  NoiseWorld world = Quiet();
  world.common = 0.1;
  world.drift = 0.1;
  // What is left is the mean of two letters against their geometric mean.
  for (const double ratio : Ratios(world, 20)) EXPECT_NEAR(ratio, 0.1, 1e-5);
}

TEST(SimulatedNoise, EachKindOfNoiseIsSeenByItsDetector) {
  NoiseWorld slow = Quiet();
  slow.within = 0.01;
  slow.autocorrelation = 0.95;
  const std::vector<double> ratios = Ratios(slow, 400);
  EXPECT_GT(Lag1Autocorrelation(ratios), 0.5);
  NoiseWorld white = slow;
  white.autocorrelation = 0;
  const std::vector<double> independent = Ratios(white, 400);
  EXPECT_LT(std::abs(Lag1Autocorrelation(independent)), 0.2);
  // Two letters a side: the ratio's spread is that of one letter.
  EXPECT_NEAR(StandardDeviation(independent), 0.01, 0.002);
}

TEST(SimulatedNoise, PlansStopWhenTheyAreContent) {
  Random random(2);
  const TimingPlan plan = CpuTimingPlan(Stage::kFinal);
  NoiseWorld noisy = Quiet();
  noisy.within = 0.1;
  EXPECT_EQ(Simulate(Quiet(), 0, plan, random)[0].candidate_us.size(),
            plan.precision.min_blocks);
  const auto all = Simulate(noisy, 0, plan, random);
  EXPECT_EQ(all.size(), static_cast<size_t>(plan.processes));
  EXPECT_EQ(all[0].candidate_us.size(), plan.max_blocks);
}

}  // namespace
}  // namespace kernelevolve::measure
