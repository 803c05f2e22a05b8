#include "measure/aggregate.h"

#include <gtest/gtest.h>

#include "measure/testing/synthetic.h"

namespace kernelevolve::measure {
namespace {

// Constant times: every block alike.
ShapeTimes Exact(double candidate, std::vector<double> baselines,
                 int processes = 3, double weight = 1) {
  ProcessTimes process;
  process.candidate_us.assign(4, candidate);
  for (const double time : baselines)
    process.baselines_us.emplace_back(4, time);
  ShapeTimes shape;
  shape.weight = weight;
  shape.processes.assign(static_cast<size_t>(processes), process);
  return shape;
}

TEST(Aggregate, BestBaselinePerShapeAndOverall) {
  // Baseline 0 wins the first shape, 1 the second and, by ratios, overall.
  const std::vector<ShapeTimes> shapes = {Exact(1, {4, 5}), Exact(1, {30, 10})};
  const Aggregate aggregate = AggregateShapes(shapes);
  ASSERT_TRUE(aggregate.known);
  EXPECT_EQ(aggregate.best_per_shape, (std::vector<int>{0, 1}));
  EXPECT_EQ(aggregate.best, 1);
  EXPECT_NEAR(aggregate.per_shape[0].value, 4, 1e-12);
  EXPECT_NEAR(aggregate.per_shape[1].value, 10, 1e-12);
  EXPECT_NEAR(aggregate.speedup.value, std::sqrt(40), 1e-12);
}

TEST(Aggregate, WeightsAreShares) {
  const Aggregate aggregate =
      AggregateShapes({Exact(1, {16}, 3, 3), Exact(1, {1}, 3, 1)});
  EXPECT_NEAR(aggregate.speedup.value, 8, 1e-12);
}

TEST(Aggregate, ABaselineThatDidNotRunIsNotTheBest) {
  ShapeTimes first = Exact(1, {4, 2});
  for (ProcessTimes& process : first.processes) process.baselines_us[1].clear();
  const Aggregate aggregate = AggregateShapes({first, Exact(1, {4, 2})});
  ASSERT_TRUE(aggregate.known);
  EXPECT_EQ(aggregate.best_per_shape, (std::vector<int>{0, 1}));
  EXPECT_EQ(aggregate.best, 0);  // the only one that ran everywhere
}

TEST(Aggregate, AMissingShapeLeavesItUnknown) {
  EXPECT_FALSE(AggregateShapes({Exact(1, {2}), Exact(1, {2}, 2)}).known);
  EXPECT_FALSE(AggregateShapes({Exact(1, {2}), Exact(1, {2}, 0)}).known);
  EXPECT_FALSE(AggregateShapes({Exact(1, {})}).known);
}

// Processes shift all shapes together; only an interval over processes sees it.
TEST(Aggregate, IntervalIsOverProcesses) {
  Random random(11);
  int covered = 0;
  constexpr int kRepeats = 2000;
  for (int i = 0; i < kRepeats; ++i) {
    std::vector<ShapeTimes> shapes(3);
    for (int p = 0; p < 5; ++p) {
      const double shift = 0.01 * random.Normal();
      for (ShapeTimes& shape : shapes) {
        const Synthetic world{.processes = 1,
                              .blocks = 8,
                              .ratio = 2 * std::exp(shift),
                              .between = 0.002};
        shape.processes.push_back(MakeTimes(world, random)[0]);
      }
    }
    const Interval ci = AggregateShapes(shapes).speedup.ci;
    covered += ci[0] <= 2 && 2 <= ci[1];
  }
  EXPECT_NEAR(static_cast<double>(covered) / kRepeats, 0.95, 0.015);
}

TEST(Aggregate, OneProcessCombinesItsShapes) {
  Random random(12);
  int covered = 0;
  constexpr int kRepeats = 2000;
  for (int i = 0; i < kRepeats; ++i) {
    std::vector<ShapeTimes> shapes(2);
    for (size_t s = 0; s < 2; ++s)
      shapes[s].processes = MakeTimes({.processes = 1,
                                       .blocks = 12,
                                       .ratio = s == 0 ? 1.0 : 4.0,
                                       .between = 0,
                                       .within = 0.01},
                                      random);
    const Aggregate aggregate = AggregateShapes(shapes);
    covered += aggregate.speedup.ci[0] <= 2 && 2 <= aggregate.speedup.ci[1];
    EXPECT_EQ(aggregate.speedup.logs.size(), 1u);
  }
  EXPECT_NEAR(static_cast<double>(covered) / kRepeats, 0.95, 0.025);
}

TEST(Aggregate, FloorsClipEachShape) {
  ShapeTimes shape = Exact(1, {10});
  shape.floor_us = 5;
  EXPECT_NEAR(AggregateShapes({shape}).speedup.value, 2, 1e-12);
}

}  // namespace
}  // namespace kernelevolve::measure
