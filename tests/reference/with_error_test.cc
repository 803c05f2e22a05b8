#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <type_traits>

#include "kernelevolve/reference.h"

namespace {

using ke::with_error;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(WithError, NumbersThatWereNotComputedAreExact) {
  const with_error from_integer = 3;
  const with_error from_literal = 0.1;
  EXPECT_EQ(from_integer.value, 3);
  EXPECT_EQ(from_integer.variance, 0);
  EXPECT_EQ(from_literal.variance, 0);
  EXPECT_EQ(static_cast<int64_t>(with_error(7.9, 100)), 7);
}

TEST(WithError, HasTheLayoutOfTheArraysItIsReadFrom) {
  EXPECT_EQ(sizeof(with_error), 2 * sizeof(double));
  EXPECT_TRUE(std::is_trivially_copyable_v<with_error>);
}

TEST(WithError, AnOperationAddsItsOwnRounding) {
  const with_error sum = with_error(3) + 4;
  EXPECT_EQ(sum.value, 7);
  EXPECT_EQ(sum.variance, 49 * ke::kRounding);
  EXPECT_EQ((with_error(3) - 3).variance, 0) << "an exact zero has no error";
}

TEST(WithError, ErrorsOfTheOperandsAreCarriedBySlope) {
  const with_error x(2, 5), y(3, 7);
  EXPECT_DOUBLE_EQ((x * y).variance, 9 * 5 + 4 * 7 + 36 * ke::kRounding);
  // d(x / y) = dx / y - x dy / y²
  EXPECT_DOUBLE_EQ((x / y).variance,
                   5 / 9. + 4 * 7 / 81. + 4 / 9. * ke::kRounding);
  EXPECT_DOUBLE_EQ((x - y).variance, 12 + ke::kRounding);
  EXPECT_DOUBLE_EQ(fma(x, y, with_error(1, 11)).variance,
                   9 * 5 + 4 * 7 + 11 + 49 * ke::kRounding);
  EXPECT_DOUBLE_EQ((-x).variance, 5);
  EXPECT_DOUBLE_EQ(fabs(-x).variance, 5);
}

TEST(WithError, AnInfinityIsExactAndLeavesNumbersExact) {
  const with_error infinite = with_error(2, 5) / 0.0;
  EXPECT_EQ(infinite.variance, 0);
  EXPECT_EQ(exp(-infinite).value, 0);
  EXPECT_EQ(exp(-infinite).variance, 0);
  EXPECT_EQ((with_error(2, 5) / infinite).variance, 0);
  EXPECT_EQ((with_error(1) / sqrt(infinite)).variance, 0);
  EXPECT_EQ(tanh(infinite).value, 1);
  EXPECT_EQ(tanh(infinite).variance, ke::kLibrary);
}

TEST(WithError, CompoundAssignmentIsTheSameOperation) {
  with_error sum(2, 5);
  sum += with_error(3, 7);
  EXPECT_EQ(sum.variance, (with_error(2, 5) + with_error(3, 7)).variance);
  sum *= 2;
  sum -= 1;
  sum /= 3;
  EXPECT_DOUBLE_EQ(sum.value, 3);
}

// Where an error of 8 deviations is no small number, a slope says too little.
TEST(WithError, ExponentialsOfWhatMayBeFarOffAreOpen) {
  const double u = KE_REFERENCE_ROUNDOFF, off = 3;  // 8 deviations of the argument
  const double sigma = off / (8 * u);
  const with_error grown = exp(with_error(2, sigma * sigma));
  EXPECT_NEAR(8 * u * std::sqrt(grown.variance), std::exp(2 + off) - std::exp(2),
              1e-3 * std::exp(2 + off));
  EXPECT_TRUE(std::isfinite(exp(with_error(2, 1e200)).variance));
  const double rate = std::log(2.0), bits = std::exp2(2 + off) - std::exp2(2);
  EXPECT_NEAR(8 * u * std::sqrt(exp2(with_error(2, sigma * sigma)).variance), bits,
              1e-3 * bits);
  EXPECT_NEAR(exp(with_error(2 * rate, rate * rate * sigma * sigma)).variance,
              exp2(with_error(2, sigma * sigma)).variance, 1e-6 * grown.variance);
  EXPECT_NEAR(pow(with_error(2), with_error(2, sigma * sigma)).variance,
              exp2(with_error(2, sigma * sigma)).variance, 1e-6 * grown.variance);
}

// Each slope against a difference quotient.
#define EXPECT_SLOPE(function, at)                                      \
  {                                                                     \
    const double step = 1e-6;                                           \
    const double slope =                                                \
        (::function((at) + step) - ::function((at)-step)) / (2 * step); \
    const with_error exact = function(with_error(at));                  \
    const with_error carried = function(with_error(at, 1));             \
    EXPECT_EQ(carried.value, ::function(static_cast<double>(at)));      \
    EXPECT_NEAR(carried.variance - exact.variance, slope * slope,       \
                1e-6 * (1 + slope * slope))                             \
        << #function;                                                   \
  }

TEST(WithError, FunctionsCarryErrorsByTheirSlopes) {
  EXPECT_SLOPE(exp, 0.7);
  EXPECT_SLOPE(exp2, 0.7);
  EXPECT_SLOPE(expm1, 0.7);
  EXPECT_SLOPE(log, 0.7);
  EXPECT_SLOPE(log2, 0.7);
  EXPECT_SLOPE(log10, 0.7);
  EXPECT_SLOPE(log1p, 0.7);
  EXPECT_SLOPE(sqrt, 0.7);
  EXPECT_SLOPE(cbrt, 0.7);
  EXPECT_SLOPE(erf, 0.7);
  EXPECT_SLOPE(erfc, 0.7);
  EXPECT_SLOPE(sin, 0.7);
  EXPECT_SLOPE(cos, 0.7);
  EXPECT_SLOPE(tan, 0.7);
  EXPECT_SLOPE(sinh, 0.7);
  EXPECT_SLOPE(cosh, 0.7);
  EXPECT_SLOPE(tanh, 0.7);
  EXPECT_SLOPE(asin, 0.7);
  EXPECT_SLOPE(acos, 0.7);
  EXPECT_SLOPE(atan, 0.7);
}

TEST(WithError, PowerOfTwoArguments) {
  const with_error z = pow(with_error(2, 1), with_error(3, 1));
  EXPECT_DOUBLE_EQ(z.value, 8);
  EXPECT_NEAR(z.variance, 12 * 12 + std::pow(8 * std::log(2), 2) + 4 * 64, 1e-4)
      << "as good as by the slopes, where errors are small";
}

TEST(WithError, AnExactNumberStaysFiniteWhereTheSlopeIsNot) {
  EXPECT_EQ(sqrt(with_error(0)).variance, 0);
  EXPECT_EQ(pow(with_error(0), with_error(2)).variance, 0);
}

TEST(WithError, StepsAreExact) {
  EXPECT_EQ(floor(with_error(2.5, 9)).value, 2);
  EXPECT_EQ(floor(with_error(2.5, 9)).variance, 0);
  EXPECT_EQ(ceil(with_error(2.5, 9)).value, 3);
}

TEST(WithError, ComparesByValue) {
  EXPECT_TRUE(with_error(2, 100) < with_error(3, 0));
  EXPECT_TRUE(with_error(2, 100) == 2);
  EXPECT_FALSE(with_error(kNan) < 1 || with_error(kNan) > 1);
  EXPECT_TRUE(isnan(with_error(kNan)) && !isfinite(with_error(kNan)));
}

TEST(WithError, MaxAndMinKeepNanFromEitherSide) {
  EXPECT_EQ(max(with_error(2, 5), 3).value, 3);
  EXPECT_EQ(min(with_error(2, 5), 3).variance, 5);
  EXPECT_TRUE(isnan(max(with_error(kNan), 1)));
  EXPECT_TRUE(isnan(max(1, with_error(kNan))));
  EXPECT_TRUE(std::isnan(max(1.0, kNan)) && std::isnan(max(kNan, 1.0)));
  EXPECT_TRUE(std::isnan(min(1.f, std::nanf("")))) << "and so for float";
  EXPECT_EQ(max(int64_t{3}, int64_t{4}), 4);
}

// What a reference may write, in all three types.
template <typename real>
real Everything(real x) {
  real y = exp(x) + 2 * x - x / 3 + pow(x, real(2)) + max(x, real(0));
  y += fma(x, x, real(1)) + min(x, 0) + abs(x) + fabs(x) + sqrt(abs(x));
  y *= tanh(x) + erf(x) + log(real(1) + x * x) + sin(x) * cos(x);
  if (isnan(y) || y < 0) y = -y;
  return x > 0 ? y + floor(x) : y;
}

TEST(Reference, OneTemplateServesAllTypes) {
  const double expected = Everything(0.75);
  EXPECT_NEAR(Everything(0.75f), expected, 1e-5 * expected);
  EXPECT_EQ(Everything(with_error(0.75)).value, expected);
  EXPECT_TRUE((std::is_same_v<decltype(max(1.f, 2.f)), float>));
}

}  // namespace
