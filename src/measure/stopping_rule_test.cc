#include "measure/stopping_rule.h"

#include <gtest/gtest.h>

#include "base/random.h"

namespace kernelevolve::measure {
namespace {

std::vector<double> Noise(int count, double spread, uint64_t seed) {
  Random random(seed);
  std::vector<double> logs;
  for (int i = 0; i < count; ++i) logs.push_back(spread * random.Normal());
  return logs;
}

TEST(PrecisionStop, WantsBlocksTimeAndPrecision) {
  const PrecisionStop rule({.relative_error = 0.005,
                            .min_blocks = 10,
                            .min_seconds = 0.5,
                            .timeout_s = 15});
  const std::vector<double> precise = Noise(20, 0.001, 1);
  const Samples all(precise);
  EXPECT_EQ(rule.Check(all.first(9), 1), StopReason::kContinue);
  EXPECT_EQ(rule.Check(all, 0.1), StopReason::kContinue);
  EXPECT_EQ(rule.Check(all, 1), StopReason::kPrecise);
  const std::vector<double> noisy = Noise(20, 0.5, 2);
  EXPECT_EQ(rule.Check(noisy, 1), StopReason::kContinue);
  EXPECT_EQ(rule.Check(noisy, 15), StopReason::kTimeout);
}

TEST(PrecisionStop, OneBlockIsNeverPrecise) {
  const PrecisionStop rule({.min_blocks = 1, .min_seconds = 0});
  EXPECT_EQ(rule.Check(std::vector<double>{0.1}, 1), StopReason::kContinue);
}

// The same noise around any ratio stops at the same block.
TEST(PrecisionStop, IsBlindToTheSizeOfTheEffect) {
  const PrecisionStop rule({.min_seconds = 0});
  const std::vector<double> around_1 = Noise(60, 0.01, 3);
  std::vector<double> around_5 = around_1;
  for (double& log : around_5) log += 1.6;
  for (size_t n = 1; n <= around_1.size(); ++n)
    EXPECT_EQ(rule.Check(Samples(around_1).first(n), 1),
              rule.Check(Samples(around_5).first(n), 1));
}

}  // namespace
}  // namespace kernelevolve::measure
