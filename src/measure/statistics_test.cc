#include "measure/statistics.h"

#include <gtest/gtest.h>

#include <cmath>

namespace kernelevolve::measure {
namespace {

TEST(Statistics, MomentsOfKnownSamples) {
  const std::vector<double> values = {2, 4, 4, 4, 5, 5, 7, 9};
  EXPECT_DOUBLE_EQ(Mean(values), 5);
  EXPECT_DOUBLE_EQ(Variance(values), 32.0 / 7);
  EXPECT_DOUBLE_EQ(StandardError(values), std::sqrt(32.0 / 7 / 8));
  EXPECT_DOUBLE_EQ(Median(values), 4.5);
  EXPECT_DOUBLE_EQ(Median(std::vector<double>{3, 1, 2}), 2);
  EXPECT_DOUBLE_EQ(Quantile(values, 0), 2);
  EXPECT_DOUBLE_EQ(Quantile(values, 1), 9);
}

TEST(Statistics, OneSampleKnowsNoSpread) {
  const std::vector<double> one = {3};
  EXPECT_EQ(Variance(one), 0);
  EXPECT_TRUE(std::isinf(StandardError(one)));
  EXPECT_TRUE(std::isinf(MeanInterval(one)[1]));
}

TEST(Statistics, GeometricMeansAreMeansOfLogs) {
  EXPECT_NEAR(WeightedGeometricMean(std::vector<double>{1, 16},
                                    std::vector<double>{3, 1}),
              2, 1e-15);
}

// Published tables of Student's t, 0.975.
TEST(Student, QuantilesAgreeWithTables) {
  EXPECT_NEAR(StudentQuantile(0.975, 1), 12.7062047361747, 1e-11);
  EXPECT_NEAR(StudentQuantile(0.975, 2), 4.302652729749464, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.975, 4), 2.7764451051977987, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.975, 9), 2.26215716279820, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.975, 30), 2.0422724563012373, 1e-12);
  EXPECT_NEAR(StudentQuantile(0.975, 1e6), 1.95996635681, 1e-9);
  EXPECT_NEAR(StudentQuantile(0.95, 5), 2.015048373333024, 1e-12);
}

TEST(Student, ClosedFormsHold) {
  // df = 1 is Cauchy's distribution, df = 2 has an algebraic form.
  for (const double t : {-30.0, -1.0, 0.0, 0.3, 2.0, 500.0}) {
    EXPECT_NEAR(StudentCdf(t, 1), 0.5 + std::atan(t) / M_PI, 1e-14);
    EXPECT_NEAR(StudentCdf(t, 2), 0.5 + t / (2 * std::sqrt(2 + t * t)), 1e-14);
  }
}

TEST(Student, QuantileInvertsCdfForAnyDf) {
  for (const double df : {0.5, 1.7, 3.0, 12.25, 250.0})
    for (const double p : {0.001, 0.2, 0.5, 0.9, 0.975, 0.9999})
      EXPECT_NEAR(StudentCdf(StudentQuantile(p, df), df), p, 1e-13)
          << df << " " << p;
  EXPECT_DOUBLE_EQ(StudentQuantile(0.025, 7), -StudentQuantile(0.975, 7));
}

TEST(Student, IncompleteBetaOfKnownValues) {
  // I_x(1, b) = 1 - (1 - x)^b; I_x(a, 1) = x^a; symmetric at 1/2.
  EXPECT_NEAR(RegularizedIncompleteBeta(1, 3, 0.2), 1 - 0.512, 1e-15);
  EXPECT_NEAR(RegularizedIncompleteBeta(2.5, 1, 0.3), std::pow(0.3, 2.5),
              1e-15);
  EXPECT_NEAR(RegularizedIncompleteBeta(7, 7, 0.5), 0.5, 1e-14);
}

}  // namespace
}  // namespace kernelevolve::measure
