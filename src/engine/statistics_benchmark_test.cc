#include "engine/statistics_benchmark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

namespace kernelevolve {
namespace {

// Small numbers of repeats, so wide margins; `kernelevolve bench statistics`
// has the figures.
StatisticsReport Report() {
  StatisticsOptions options;
  options.repeats = 200;
  const StopCondition stop;
  auto report = RunStatisticsBenchmark(options, stop);
  EXPECT_TRUE(report) << report.error().message;
  return *std::move(report);
}

TEST(StatisticsBenchmark, IntervalsHoldWhatTheyPromiseAndControlsDoNot) {
  const StatisticsReport report = Report();
  double control = 1;
  for (const CoverageRow& row : report.coverage) {
    if (row.plan.find("control") != std::string::npos) {
      control = std::min(control, row.coverage);
      continue;
    }
    EXPECT_GT(row.coverage, 0.88) << row.world << ", " << row.plan;
    EXPECT_LT(std::abs(row.bias), 0.01) << row.world << ", " << row.plan;
  }
  EXPECT_LT(control, 0.5);  // one process alone knows nothing of the others
  for (const StoppingRow& row : report.stopping) {
    if (row.rule.find("all processes") != std::string::npos) {
      EXPECT_LT(row.false_positives, 0.12) << row.autocorrelation;
    } else if (row.rule.find("control") != std::string::npos &&
               row.autocorrelation > 0.8) {
      EXPECT_GT(row.false_positives, 0.3);
    }
  }
}

TEST(StatisticsBenchmark, FinalsDoNotOverstateTheBestOfMany) {
  const StatisticsReport report = Report();
  ASSERT_FALSE(report.curse.empty());
  for (const CurseRow& row : report.curse) {
    if (row.candidates > 100) continue;  // 8 searches are too few to judge
    EXPECT_LT(std::abs(row.final), 0.01) << row.noise << " " << row.spread;
    if (row.spread == 0) {
      EXPECT_GT(row.search, row.noise) << row.noise;
    }
  }
}

TEST(StatisticsBenchmark, StopsWhenAsked) {
  StopCondition stop;
  stop.Request(StopCondition::Reason::kInterrupt);
  const auto report = RunStatisticsBenchmark({}, stop);
  ASSERT_FALSE(report);
  EXPECT_EQ(report.error().code, ErrorCode::kInterrupted);
}

}  // namespace
}  // namespace kernelevolve
