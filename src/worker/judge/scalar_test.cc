#include "worker/judge/scalar.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>

namespace kernelevolve::worker {
namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double Load(DType dtype, uint64_t bits) {
  uint8_t data[8];
  std::memcpy(data, &bits, sizeof bits);
  return LoadScalar(dtype, data, 0);
}

uint64_t Store(DType dtype, double value) {
  uint64_t bits = 0;
  uint8_t data[8] = {};
  StoreScalar(dtype, data, 0, value);
  std::memcpy(&bits, data, sizeof bits);
  return bits;
}

double Rounded(DType dtype, double value) {
  return Load(dtype, Store(dtype, value));
}

class SmallFloat : public ::testing::TestWithParam<DType> {};

TEST_P(SmallFloat, EveryPatternComesBack) {
  const int bits = 8 * static_cast<int>(DTypeBytes(GetParam()));
  for (uint64_t pattern = 0; pattern < 1ull << bits; ++pattern) {
    const double value = Load(GetParam(), pattern);
    if (std::isnan(value))
      EXPECT_TRUE(std::isnan(Rounded(GetParam(), value))) << pattern;
    else
      ASSERT_EQ(Store(GetParam(), value), pattern) << value;
  }
}

// Between any two neighbours: nearest wins, the middle goes to the even one.
TEST_P(SmallFloat, RoundsToNearestAndTiesToEven) {
  const int bits = 8 * static_cast<int>(DTypeBytes(GetParam()));
  for (uint64_t low = 0; low + 1 < 1ull << (bits - 1); ++low) {
    const double a = Load(GetParam(), low), b = Load(GetParam(), low + 1);
    if (!std::isfinite(a) || !std::isfinite(b)) continue;
    const double middle = (a + b) / 2;
    const uint64_t even = low % 2 ? low + 1 : low;
    ASSERT_EQ(Store(GetParam(), middle), even) << middle;
    ASSERT_EQ(Store(GetParam(), std::nextafter(middle, 0)), low);
    ASSERT_EQ(Store(GetParam(), std::nextafter(middle, kInf)), low + 1);
  }
}

TEST_P(SmallFloat, TheFactsOfCoreAgree) {
  const double u = UnitRoundoff(GetParam());
  EXPECT_EQ(Rounded(GetParam(), 1 + 2 * u), 1 + 2 * u);
  EXPECT_EQ(Rounded(GetParam(), 1 + u), 1) << "a tie, and 1 is even";
  EXPECT_EQ(Rounded(GetParam(), SmallestNormal(GetParam())),
            SmallestNormal(GetParam()));
  // Half of it is subnormal and still exact.
  EXPECT_EQ(Rounded(GetParam(), SmallestNormal(GetParam()) / 2),
            SmallestNormal(GetParam()) / 2);
}

TEST_P(SmallFloat, KeepsTheSignOfZeroAndTinyThings) {
  EXPECT_TRUE(std::signbit(Rounded(GetParam(), -0.0)));
  EXPECT_FALSE(std::signbit(Rounded(GetParam(), 0.0)));
  EXPECT_EQ(Rounded(GetParam(), 1e-300), 0);
  EXPECT_TRUE(std::signbit(Rounded(GetParam(), -1e-300)));
}

INSTANTIATE_TEST_SUITE_P(Formats, SmallFloat,
                         ::testing::Values(DType::kF16, DType::kBF16,
                                           DType::kF8E4M3, DType::kF8E5M2),
                         [](const auto& format) {
                           return std::string(DTypeName(format.param));
                         });

TEST(Scalar, KnownPatterns) {
  EXPECT_EQ(Load(DType::kF16, 0x3c00), 1);
  EXPECT_EQ(Load(DType::kF16, 0x7bff), 65504);
  EXPECT_EQ(Load(DType::kF16, 0x0001), 0x1p-24);
  EXPECT_EQ(Load(DType::kBF16, 0x3f80), 1);
  EXPECT_EQ(Load(DType::kBF16, 0xc2f7), -123.5);
  EXPECT_EQ(Load(DType::kF8E4M3, 0x38), 1);
  EXPECT_EQ(Load(DType::kF8E4M3, 0x7e), 448);
  EXPECT_EQ(Load(DType::kF8E4M3, 0x01), 0x1p-9);
  EXPECT_EQ(Load(DType::kF8E5M2, 0x3c), 1);
  EXPECT_EQ(Load(DType::kF8E5M2, 0x7b), 57344);
}

TEST(Scalar, OverflowBecomesInfinityWhereThereIsOne) {
  EXPECT_EQ(Rounded(DType::kF16, 65519), 65504);
  EXPECT_EQ(Rounded(DType::kF16, 65520), kInf);
  EXPECT_EQ(Rounded(DType::kF16, -1e300), -kInf);
  EXPECT_EQ(Rounded(DType::kBF16, 1e39), kInf);
  EXPECT_EQ(Rounded(DType::kF8E5M2, 61440), kInf);
  EXPECT_EQ(Rounded(DType::kF8E4M3, 463), 448);
  EXPECT_TRUE(std::isnan(Rounded(DType::kF8E4M3, 480)));
  EXPECT_TRUE(std::isnan(Rounded(DType::kF8E4M3, kInf)));
  EXPECT_EQ(Rounded(DType::kF32, 1e39), kInf);
}

TEST(Scalar, NanStaysNan) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kF16, DType::kBF16,
                            DType::kF8E4M3, DType::kF8E5M2})
    EXPECT_TRUE(std::isnan(Rounded(dtype, kNan))) << DTypeName(dtype);
}

TEST(Scalar, IntegersKeepTheirSignAndWidth) {
  for (const DType dtype :
       {DType::kI64, DType::kI32, DType::kI16, DType::kI8}) {
    EXPECT_EQ(Rounded(dtype, -100), -100) << DTypeName(dtype);
    EXPECT_EQ(Rounded(dtype, 127), 127) << DTypeName(dtype);
  }
  EXPECT_EQ(Rounded(DType::kU8, 255), 255);
  EXPECT_EQ(Store(DType::kBool, 3), 1u) << "a bool is 0 or 1";
}

TEST(Scalar, IndexesByElement) {
  uint8_t data[32] = {};
  for (int i = 0; i < 4; ++i) StoreScalar(DType::kF16, data, i, i + 0.5);
  double wide[4];
  WidenToDouble(DType::kF16, data, 4, wide);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(wide[i], i + 0.5);
}

TEST(Scalar, WideningAgreesWithOneByOne) {
  for (const DType dtype : {DType::kF64, DType::kF32, DType::kBF16, DType::kI32,
                            DType::kU8}) {
    std::vector<uint8_t> data(8 * 37);
    for (size_t i = 0; i < data.size(); ++i)
      data[i] = static_cast<uint8_t>(i * 41 % 113);
    std::vector<double> wide(37);
    WidenToDouble(dtype, data.data(), 37, wide.data());
    for (int64_t i = 0; i < 37; ++i)
      EXPECT_EQ(wide[static_cast<size_t>(i)], LoadScalar(dtype, data.data(), i));
  }
}

}  // namespace
}  // namespace kernelevolve::worker
