#include "measure/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "base/random.h"

namespace kernelevolve::measure {
namespace {

std::vector<double> Times(int count,
                          const std::function<double(int)>& log_time) {
  std::vector<double> times;
  for (int i = 0; i < count; ++i) times.push_back(100 * std::exp(log_time(i)));
  return times;
}

// Share of 500 quiet data sets in which a detector cries.
double FalseAlarms(int count, double spread,
                   const std::function<NoiseFinding(Samples)>& detector) {
  Random random(99);
  int bad = 0;
  for (int i = 0; i < 500; ++i)
    bad += detector(Times(count, [&](int) {
             return spread * random.Normal();
           })).bad;
  return bad / 500.0;
}

TEST(Noise, AgainstItself) {
  Estimate ratio;
  ratio.value = 1.001;
  ratio.ci = {0.99, 1.012};
  EXPECT_FALSE(CheckAgainstItself(ratio, 0.02).bad);
  EXPECT_TRUE(CheckAgainstItself(ratio, 0.005).bad);
  ratio.ci = {1.0005, 1.0015};
  const NoiseFinding biased = CheckAgainstItself(ratio, 0.02);
  EXPECT_TRUE(biased.bad);
  EXPECT_NE(biased.detail.find("must contain 1"), std::string::npos);
  ratio.ci = {0, std::numeric_limits<double>::infinity()};
  EXPECT_TRUE(CheckAgainstItself(ratio, 0.02).bad);
}

TEST(Noise, Autocorrelation) {
  std::vector<double> alternating, slow;
  for (int i = 0; i < 40; ++i) {
    alternating.push_back(i % 2);
    slow.push_back(std::sin(i / 6.0));
  }
  EXPECT_LT(Lag1Autocorrelation(alternating), -0.9);
  EXPECT_FALSE(CheckAutocorrelation(alternating).bad);
  EXPECT_TRUE(CheckAutocorrelation(slow).bad);
  EXPECT_EQ(Lag1Autocorrelation(std::vector<double>{1, 1, 1, 1}), 0);
  EXPECT_EQ(Lag1Autocorrelation(std::vector<double>{1, 2}), 0);
}

TEST(Noise, BimodalityFindsBothModes) {
  Random random(1);
  const auto times = Times(40, [&](int i) {
    return (i % 4 == 0 ? std::log(1.2) : 0) + 0.01 * random.Normal();
  });
  Modes modes;
  const NoiseFinding finding = CheckBimodality(times, 0.05, &modes);
  EXPECT_TRUE(finding.bad);
  EXPECT_NEAR(modes.low, 100, 1);
  EXPECT_NEAR(modes.high, 120, 1);
  EXPECT_NEAR(modes.high_share, 0.25, 1e-9);
}

TEST(Noise, BimodalityIgnoresOrdinaryNoiseAndSmallGaps) {
  const auto detector = [](Samples times) { return CheckBimodality(times); };
  EXPECT_LT(FalseAlarms(40, 0.01, detector), 0.01);
  EXPECT_LT(FalseAlarms(40, 0.10, detector), 0.01);
  Random random(2);
  EXPECT_FALSE(CheckBimodality(Times(40, [&](int i) {
                 return (i % 2) * 0.02 + 0.001 * random.Normal();
               })).bad);
  EXPECT_FALSE(CheckBimodality(std::vector<double>(40, 7.0)).bad);
}

TEST(Noise, Drift) {
  Random random(3);
  EXPECT_TRUE(CheckDrift(Times(30, [&](int i) {
                return 0.002 * i + 0.01 * random.Normal();
              })).bad);
  EXPECT_TRUE(CheckDrift(Times(30, [](int i) { return -0.01 * i; })).bad);
  EXPECT_LT(FalseAlarms(30, 0.02, [](Samples t) { return CheckDrift(t); }),
            0.01);
  EXPECT_FALSE(CheckDrift(std::vector<double>(30, 5.0)).bad);
}

TEST(Noise, Outliers) {
  Random random(4);
  const auto spiky = [&](int every) {
    return Times(60, [&random, every](int i) {
      return i % every == 0 ? 1.0 : 0.01 * random.Normal();
    });
  };
  EXPECT_TRUE(CheckOutliers(spiky(7)).bad);
  EXPECT_FALSE(CheckOutliers(spiky(30)).bad);
  EXPECT_FALSE(CheckOutliers({}).bad);
}

TEST(Noise, VarianceRatio) {
  Random random(5);
  const auto with = [&](double spread) {
    return Times(40,
                 [&random, spread](int) { return spread * random.Normal(); });
  };
  EXPECT_TRUE(CheckVarianceRatio(with(0.1), with(0.01)).bad);
  EXPECT_FALSE(CheckVarianceRatio(with(0.01), with(0.01)).bad);
  // A tenth of the time with the same noise of the clock.
  std::vector<double> tenth = with(0.01), whole = with(0.01);
  for (double& time : tenth) time = 10 + (time - 100);
  EXPECT_FALSE(CheckVarianceRatio(tenth, whole).bad);
  for (double& time : tenth) time = 10 + 5 * (time - 10);
  EXPECT_TRUE(CheckVarianceRatio(tenth, whole).bad);
  // Both far below a clock's resolution: nothing to suspect.
  EXPECT_FALSE(CheckVarianceRatio(with(1e-4), with(1e-6)).bad);
}

TEST(Noise, Canary) {
  EXPECT_FALSE(CheckCanary(100, 100.5).bad);
  EXPECT_TRUE(CheckCanary(100, 103).bad);
}

}  // namespace
}  // namespace kernelevolve::measure
