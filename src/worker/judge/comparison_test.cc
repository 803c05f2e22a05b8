#include "worker/judge/comparison.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include "worker/judge/poison.h"
#include "worker/judge/scalar.h"

namespace kernelevolve::worker {
namespace {

using Kind = Mismatch::Kind;

constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr uint64_t kPoison = 0x7fc123457fc12345;  // both halves are NaNs

template <typename T>
std::vector<uint8_t> Raw(const std::vector<T>& values) {
  std::vector<uint8_t> raw(values.size() * sizeof(T));
  std::memcpy(raw.data(), values.data(), raw.size());
  return raw;
}

ExpectedOutput Exactly(std::vector<double> exact, float allowance = 1e-3f) {
  ExpectedOutput expected;
  expected.allowance.assign(exact.size(), allowance);
  expected.exact = std::move(exact);
  FinishBaseline(expected);
  return expected;
}

ExpectedOutput WithBaseline(std::vector<double> exact,
                            const std::vector<float>& baseline,
                            float allowance = 1e-3f) {
  ExpectedOutput expected;
  expected.allowance.assign(exact.size(), allowance);
  expected.exact = std::move(exact);
  expected.baseline = Raw(baseline);
  FinishBaseline(expected);
  return expected;
}

Comparison Check(const ExpectedOutput& expected, const std::vector<float>& y) {
  return Compare(expected, Raw(y).data(), kPoison);
}

TEST(Compare, AcceptsWhatLiesWithinTheAllowance) {
  const Comparison c = Check(Exactly({1, 2, 4}), {1.0005f, 2, 3.9995f});
  EXPECT_EQ(c.mismatch.kind, Kind::kNone);
  EXPECT_EQ(c.compared, 3);
  EXPECT_EQ(c.wrong, 0);
  EXPECT_NEAR(c.worst, 0.5, 1e-3);
}

TEST(Compare, RejectsOneWrongElementAmongMany) {
  std::vector<double> exact(5000, 1);
  std::vector<float> y(5000, 1);
  y[4321] = 2;
  const Comparison c = Check(Exactly(exact), y);
  EXPECT_EQ(c.mismatch.kind, Kind::kValue);
  EXPECT_EQ(c.wrong, 1);
  EXPECT_EQ(c.mismatch.first, 4321);
  EXPECT_EQ(c.mismatch.got, 2);
  EXPECT_EQ(c.mismatch.expected, 1);
  EXPECT_NEAR(c.mismatch.allowance, 1e-3, 1e-9);
}

TEST(Compare, SmallErrorsEverywhereAreAMatterOfPrecision) {
  const Comparison c = Check(Exactly({1, 2, 4}), {1.01f, 2.02f, 4.04f});
  EXPECT_EQ(c.mismatch.kind, Kind::kPrecision);
  EXPECT_EQ(c.wrong, 3);
  EXPECT_NEAR(c.error_max, 0.01, 1e-4);
}

TEST(Compare, NanWhereAFiniteValueIsDue) {
  const Comparison c = Check(Exactly({1, 2}), {1, kNan});
  EXPECT_EQ(c.mismatch.kind, Kind::kNonfinite);
  EXPECT_EQ(c.nonfinite, 1);
  EXPECT_EQ(c.mismatch.first, 1);
}

TEST(Compare, AFiniteValueWhereNanIsDue) {
  EXPECT_EQ(Check(Exactly({kNan, 2}), {1, 2}).mismatch.kind, Kind::kNonfinite);
  EXPECT_EQ(Check(Exactly({kNan, 2}), {kNan, 2}).mismatch.kind, Kind::kNone);
}

TEST(Compare, AnInfinityHasASign) {
  EXPECT_EQ(Check(Exactly({kInf, -kInf}), {kInf, -kInf}).wrong, 0);
  EXPECT_EQ(Check(Exactly({kInf, 2}), {-kInf, 2}).wrong, 1);
  EXPECT_EQ(Check(Exactly({kInf, 2}), {kNan, 2}).wrong, 1);
}

// Rejected today, but under the name of a lack of precision.
TEST(Compare, AWrongInfinityIsNamedNonfinite) {
  EXPECT_EQ(Check(Exactly({kInf, 2}), {-kInf, 2}).mismatch.kind,
            Kind::kNonfinite);
  EXPECT_EQ(Check(Exactly({kInf, 2}), {kNan, 2}).mismatch.kind,
            Kind::kNonfinite);
}

TEST(Compare, UnspecifiedLetsSpecialsStandForAnything) {
  ExpectedOutput expected = Exactly({kNan, kInf, 2});
  expected.nonfinite = NonFinite::kUnspecified;
  expected.specials_given = true;
  EXPECT_EQ(Check(expected, {0, -kInf, 2}).wrong, 0);
  EXPECT_EQ(Check(expected, {0, -kInf, kNan}).wrong, 0) << "spread by a transform";
  EXPECT_EQ(Check(expected, {0, 0, 3}).wrong, 1) << "finite ones still count";
}

// Of plain numbers a NaN is as wrong there as anywhere.
TEST(Compare, UnspecifiedLetsNoNanComeFromNowhere) {
  ExpectedOutput expected = Exactly({1, 2, kInf});
  expected.nonfinite = NonFinite::kUnspecified;
  EXPECT_EQ(Check(expected, {1, 2, kNan}).wrong, 0) << "exact arithmetic overflows";
  EXPECT_EQ(Check(expected, {kNan, 2, kInf}).wrong, 1);
  EXPECT_EQ(Check(expected, {1, kInf, kInf}).mismatch.kind, Kind::kNonfinite);
}

// With 8 bits no NaN can be told from one that was computed, and the largest value
// from one that saturated.
TEST(Poison, OfEightBitsIsNeitherNanNorTheLargest) {
  for (const DType dtype : {DType::kF8E4M3, DType::kF8E5M2})
    for (uint64_t bits = 0; bits < 64; ++bits) {
      const uint64_t poison = PoisonWord(dtype, bits, /*nan=*/true);
      const double held =
          LoadScalar(dtype, reinterpret_cast<const uint8_t*>(&poison), 0);
      EXPECT_GE(held, 256) << DTypeName(dtype) << bits;
      EXPECT_LT(held, dtype == DType::kF8E4M3 ? 448 : 57344) << DTypeName(dtype) << bits;
    }
}

// What is not written is wrong where NaN is expected, too, and where all is open.
TEST(Compare, PoisonIsNoNanThatSomebodyComputed) {
  const uint64_t poison = PoisonWord(DType::kF32, 12345, /*nan=*/true);
  float left;
  std::memcpy(&left, &poison, sizeof left);
  ExpectedOutput expected = Exactly({kNan, 2, kInf});
  for (const bool open : {false, true}) {
    expected.nonfinite = open ? NonFinite::kUnspecified : NonFinite::kPropagate;
    expected.specials_given = true;
    const std::vector<float> y = {left, 2, static_cast<float>(kInf)};
    const auto* data = reinterpret_cast<const uint8_t*>(y.data());
    EXPECT_EQ(Compare(expected, data, poison).mismatch.kind, Kind::kNotWritten) << open;
    EXPECT_EQ(Compare(expected, data, 0).wrong, 0) << open;
  }
}

TEST(Compare, PlainCodeArbitratesWhereTheFormatOverflows) {
  // Exact arithmetic stays finite; plain float code does not.
  const ExpectedOutput overflowing = WithBaseline({1e30, 1}, {kNan, 1});
  EXPECT_EQ(Check(overflowing, {kNan, 1}).wrong, 0);
  EXPECT_EQ(Check(overflowing, {kInf, 1}).wrong, 0);
  EXPECT_EQ(Check(overflowing, {1e30f, kNan}).nonfinite, 1);
  // Beyond the largest float nothing finite is right.
  const ExpectedOutput beyond = Exactly({1e39, 1});
  EXPECT_EQ(Check(beyond, {kInf, 1}).wrong, 0);
  EXPECT_EQ(Check(beyond, {3e38f, 1}).wrong, 1);
}

// The first: the formula, x / sqrt(inf). The second: a library's kernel, which
// makes NaN of a whole row with an infinity. One such row, and one of numbers.
ExpectedOutput Disputing() {
  ExpectedOutput expected = Exactly({0, kNan, 0, 1, 2, 3});
  expected.second = {kNan, kNan, kNan, 1, 2, 3};
  return expected;
}

TEST(Compare, WhereTwoReferencesDifferAKernelMayFollowEither) {
  const ExpectedOutput expected = Disputing();
  EXPECT_TRUE(Disputed(expected));
  EXPECT_EQ(Check(expected, {0, kNan, 0, 1, 2, 3}).wrong, 0);
  EXPECT_EQ(Check(expected, {kNan, kNan, kNan, 1, 2, 3}).wrong, 0);
  EXPECT_EQ(Check(expected, {kNan, kNan, 0, 1, 2, 3}).wrong, 0) << "by element";
}

TEST(Compare, WhatTwoReferencesAgreeAboutIsHeldAgainstAKernel) {
  const ExpectedOutput expected = Disputing();
  const Comparison beside = Check(expected, {kNan, kNan, kNan, 1, 9, 3});
  EXPECT_EQ(beside.wrong, 1) << "a number beside the row";
  EXPECT_EQ(beside.mismatch.first, 4);
  EXPECT_EQ(Check(expected, {0, kNan, 0, kNan, 2, 3}).nonfinite, 1);
  EXPECT_EQ(Check(expected, {0, 0, 0, 1, 2, 3}).nonfinite, 1) << "both say NaN";
  EXPECT_EQ(Check(expected, {kInf, kNan, 0, 1, 2, 3}).wrong, 1) << "nobody's";
  EXPECT_EQ(Check(expected, {7, kNan, 0, 1, 2, 3}).wrong, 1) << "neither's";
}

// A sort that puts NaN first and one that puts it last.
TEST(Compare, TwoReferencesMayDifferInNumbers) {
  ExpectedOutput expected = Exactly({kNan, 5, 4});
  expected.second = {5, 4, kNan};
  EXPECT_EQ(Check(expected, {5, 4, kNan}).wrong, 0);
  EXPECT_LE(Check(expected, {5, 4, kNan}).worst, 1) << "no error of the kernel's";
  EXPECT_EQ(Check(expected, {5, 4.5f, kNan}).wrong, 1);
  EXPECT_EQ(Check(expected, {7, 4, kNan}).wrong, 1) << "nobody's, and one has NaN";
}

TEST(Compare, ASecondWithinTheAllowanceWidensNothing) {
  ExpectedOutput expected = Exactly({1, kNan});
  expected.second = {1.0009, kNan};
  EXPECT_FALSE(Disputed(expected));
  EXPECT_EQ(Check(expected, {1.0015f, kNan}).wrong, 1);
}

TEST(Compare, NanWithoutABaselinesExampleIsWrong) {
  const ExpectedOutput expected = WithBaseline({5, 1}, {5, 1});
  EXPECT_EQ(Check(expected, {kNan, 1}).nonfinite, 1);
}

TEST(Compare, WithoutABoundANumberIsAsGoodAsAnother) {
  const ExpectedOutput unbound = Exactly({0, 1}, kNan);
  EXPECT_EQ(Check(unbound, {0, 1}).wrong, 0);
  EXPECT_EQ(Check(unbound, {kNan, 1}).nonfinite, 1);
}

TEST(Compare, UntouchedElementsAreToldFromWrongOnes) {
  std::vector<uint8_t> data(8);
  std::memcpy(data.data(), &kPoison, 8);
  const float one = 1;
  std::memcpy(data.data(), &one, 4);
  const Comparison c = Compare(Exactly({1, 2}), data.data(), kPoison);
  EXPECT_EQ(c.mismatch.kind, Kind::kNotWritten);
  EXPECT_EQ(c.untouched, 1);
  EXPECT_EQ(c.nonfinite, 0) << "the poison is a NaN, but nobody computed it";
}

TEST(Compare, ANumberThatHappensToBeThePoisonIsNoFault) {
  const float value = 1.5f;
  uint64_t poison = 0;
  std::memcpy(&poison, &value, 4);
  std::memcpy(reinterpret_cast<uint8_t*>(&poison) + 4, &value, 4);
  const auto data = Raw(std::vector<float>{1.5f, 1.5f});
  EXPECT_EQ(Compare(Exactly({1.5, 1.5}), data.data(), poison).wrong, 0);
}

template <typename T>
ExpectedOutput Integers(DType dtype, const std::vector<T>& values) {
  ExpectedOutput expected;
  expected.dtype = dtype;
  expected.integers = Raw(values);
  return expected;
}

TEST(Compare, IntegersMayBeEitherReferences) {
  auto expected = Integers<int32_t>(DType::kI32, {1, -2, 3});
  expected.second_integers = Raw<int32_t>({1, -2, 9});
  EXPECT_TRUE(Disputed(expected));
  EXPECT_EQ(Compare(expected, Raw<int32_t>({1, -2, 9}).data(), kPoison).wrong, 0);
  EXPECT_EQ(Compare(expected, Raw<int32_t>({1, -2, 3}).data(), kPoison).wrong, 0);
  EXPECT_EQ(Compare(expected, Raw<int32_t>({1, 9, 3}).data(), kPoison).wrong, 1);
}

TEST(Compare, IntegersAreEqualOrWrong) {
  const auto expected = Integers<int32_t>(DType::kI32, {1, -2, 3});
  EXPECT_EQ(Compare(expected, Raw<int32_t>({1, -2, 3}).data(), 0).wrong, 0);
  const Comparison c =
      Compare(expected, Raw<int32_t>({1, -2, 4}).data(), kPoison);
  EXPECT_EQ(c.mismatch.kind, Kind::kValue);
  EXPECT_EQ(c.wrong, 1);
  EXPECT_EQ(c.mismatch.first, 2);
  EXPECT_EQ(c.mismatch.got, 4);
  EXPECT_EQ(c.compared, 3);
}

TEST(Compare, UnwrittenIntegersAreSeenToo) {
  const auto expected = Integers<uint8_t>(DType::kBool, {1, 0});
  const std::vector<uint8_t> data = {1, 0x93};
  const Comparison c = Compare(expected, data.data(), 0x9393939393939393);
  EXPECT_EQ(c.mismatch.kind, Kind::kNotWritten);
}

TEST(Compare, LargeIntegersAreNotRoundedTogether) {
  const int64_t big = (int64_t{1} << 60) + 1;
  const auto expected = Integers<int64_t>(DType::kI64, {big});
  EXPECT_EQ(Compare(expected, Raw<int64_t>({big - 1}).data(), 0).wrong, 1);
}

TEST(ErrorRatio, ComparesWithWhatPlainCodeAchieves) {
  std::vector<double> exact(100, 1);
  std::vector<float> plain(100, 1.0001f);
  const ExpectedOutput expected = WithBaseline(exact, plain, 4e-4f);
  EXPECT_NEAR(expected.baseline_max, 1e-4, 1e-7);
  EXPECT_NEAR(expected.baseline_rms, 1e-4, 1e-7);
  const auto holds = [&](float y) {
    return RatioHolds(expected,
                      Check(expected, std::vector<float>(100, y)));
  };
  EXPECT_TRUE(holds(1.00015f));
  EXPECT_FALSE(holds(1.00025f)) << "more than twice the mean error";
  EXPECT_FALSE(holds(1.0005f));
}

TEST(ErrorRatio, OneOutlierMayBeFourTimesAsFarOff) {
  std::vector<double> exact(10000, 1);
  const ExpectedOutput expected =
      WithBaseline(exact, std::vector<float>(10000, 1.0001f), 1e-3f);
  std::vector<float> y(10000, 1);
  y[17] = 1.0003f;
  EXPECT_TRUE(RatioHolds(expected, Check(expected, y)));
  y[17] = 1.0006f;
  EXPECT_FALSE(RatioHolds(expected, Check(expected, y)));
}

// GELU of very negative numbers, say, normalised afterwards: whose erf was
// luckier decides.
TEST(ErrorRatio, LuckDecidesLittleWhereTheTaskAmplifiesErrors) {
  const std::vector<double> exact(1000, 1);
  const auto holds = [&](float base, float y, float allowance) {
    const ExpectedOutput expected =
        WithBaseline(exact, std::vector<float>(1000, base), allowance);
    return RatioHolds(expected, Check(expected, std::vector<float>(1000, y)));
  };
  EXPECT_TRUE(holds(1.001f, 1.006f, 0.02f));
  EXPECT_FALSE(holds(1.001f, 1.02f, 0.05f)) << "sixteen times is no luck";
  EXPECT_FALSE(holds(1.001f, 1.006f, 0.01f)) << "not well inside the bound";
  EXPECT_FALSE(holds(1 + 0x1p-23f, 1 + 0x1p-19f, 6e-6f))
      << "nothing is amplified here";
}

TEST(ErrorRatio, AnExactBaselineStillGrantsRounding) {
  const ExpectedOutput expected = WithBaseline({1, 1}, {1, 1}, 1e-5f);
  EXPECT_TRUE(RatioHolds(expected, Check(expected, {1 + 0x1p-23f, 1})));
  EXPECT_FALSE(RatioHolds(expected, Check(expected, {1 + 0x1p-18f, 1})));
}

// A norm over few values, say, forgives most roundings and not all.
TEST(ErrorRatio, FarInsideItsOwnBoundAKernelNeedsNoLuck) {
  const ExpectedOutput expected = WithBaseline({1, 1}, {1, 1}, 1e-4f);
  EXPECT_TRUE(RatioHolds(expected, Check(expected, {1.00002f, 1})));
  EXPECT_FALSE(RatioHolds(expected, Check(expected, {1.00003f, 1})));
}

TEST(ErrorRatio, CeilingsGrantNothingByThemselves) {
  ExpectedOutput expected = WithBaseline({1, 1}, {1, 1}, 1e-4f);
  const Comparison close = Check(expected, {1.00002f, 1});
  expected.allowance.clear();  // as on a device
  EXPECT_FALSE(RatioHolds(expected, close));
}

TEST(ErrorRatio, WithoutABaselineNothingIsClaimed) {
  const ExpectedOutput expected = Exactly({1, 2}, 10);
  EXPECT_TRUE(RatioHolds(expected, Check(expected, {5, 5})));
}

TEST(FinishBaseline, TheScaleLooksAtFiniteValuesOnly) {
  EXPECT_DOUBLE_EQ(Exactly({3, kNan, -3, kInf}).scale, 3);
  EXPECT_EQ(Exactly({kNan}).scale, 0);
}

// Relative to the typical magnitude: an element near zero does not blow up.
TEST(Compare, ErrorsAreRelativeToTheScale) {
  const Comparison c = Check(Exactly({10, -10, 0}), {10, -10, 1e-4f});
  EXPECT_LT(c.error_max, 2e-5);
}

}  // namespace
}  // namespace kernelevolve::worker
