#include "worker/judge/rising_rows.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kernelevolve::worker {
namespace {

constexpr int64_t kRow = 64;

std::vector<double> Risen(DType dtype, int64_t trial = 0,
                          ValueSpec::Kind kind = ValueSpec::Kind::kNormal) {
  TensorSpec spec;
  spec.dtype = dtype;
  spec.values.kind = kind;
  std::vector<double> values(16 * kRow, 3.0);  // a deviation of 1 from the mean
  RiseRows(spec, {2, 1}, kRow, trial, values);
  return values;
}

TEST(RisingRows, TheyRiseAndFallInTurn) {
  for (const int64_t trial : {0, 1}) {
    const auto values = Risen(DType::kF32, trial);
    for (size_t row = 0; row < 16; ++row) {
      const double first = values[row * kRow] - 2, last = values[row * kRow + kRow - 1] - 2;
      EXPECT_NEAR(std::max(first, last), 1 << 20, 1e-3);
      EXPECT_NEAR(std::min(first, last), 0x1p-20, 1e-9);
      EXPECT_EQ(last > first, (row + static_cast<size_t>(trial)) % 2 == 0);
    }
  }
}

TEST(RisingRows, NothingBecomesLargeIn16Bits) {
  const auto values = Risen(DType::kF16);
  EXPECT_NEAR(std::ranges::max(values), 3, 1e-9);
}

TEST(RisingRows, OtherDrawsAreLeftAlone) {
  for (const double value : Risen(DType::kF32, 0, ValueSpec::Kind::kUniform))
    EXPECT_EQ(value, 3);
}

}  // namespace
}  // namespace kernelevolve::worker
