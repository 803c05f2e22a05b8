#include "worker/judge/mixed_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "base/random.h"
#include "worker/testing/tasks.h"

namespace kernelevolve::worker {
namespace {

constexpr int64_t kRows = 400, kColumns = 64;

std::vector<double> Normals(uint64_t seed) {
  Random random(seed);
  std::vector<double> values(kRows * kColumns);
  for (double& value : values) value = random.Normal();
  return values;
}

std::vector<double> Row(const std::vector<double>& values, int64_t row) {
  return {values.begin() + row * kColumns, values.begin() + (row + 1) * kColumns};
}

// Whether one value weighs more than all others, but not by much.
bool IsOutweighed(const std::vector<double>& row) {
  const double most = *std::ranges::max_element(row);
  double others = -1;  // the largest itself
  for (const double value : row) others += std::exp(value - most);
  return others < 1 && others > 0.005 &&
         most > std::log(static_cast<double>(row.size()));
}

TEST(MixRows, RowsDifferInMagnitudeAndMean) {
  auto values = Normals(1);
  MixRows(values, kColumns, {0, 1}, DType::kF32, 2);
  int around_minus_80 = 0, small = 0, large = 0, constant = 0;
  for (int64_t row = 0; row < kRows; ++row) {
    const auto own = Row(values, row);
    const auto [low, high] = std::ranges::minmax(own);
    EXPECT_LT(std::max(std::fabs(low), std::fabs(high)), 600);
    around_minus_80 += high < -60 && high > -104;
    small += high < 0.02 && low > -0.02;
    large += high - low > 64;
    constant += std::set<double>(own.begin(), own.end()).size() <= 4;
  }
  EXPECT_GT(around_minus_80, 12);
  EXPECT_GT(small, 20);
  EXPECT_GT(large, 20);
  EXPECT_NEAR(constant, kRows / 5, 40);
}

TEST(MixRows, ExponentialsOfOneRowInAnyCaseAreLossy) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto values = Normals(1);
    values.resize(3 * kColumns);
    MixRows(values, kColumns, {0, 1}, DType::kF32, seed);
    int lossy = 0;
    for (int64_t row = 0; row < 3; ++row) {
      const auto own = Row(values, row);
      const auto [low, high] = std::ranges::minmax(own);
      lossy += high < -97 && high > -103;
    }
    EXPECT_GE(lossy, 1) << seed;
  }
}

TEST(ShrinkSlices, TheLossyRowAndTheCrowdedOneStay) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto values = Normals(1);
    const auto kept =
        MixRows(values, kColumns, {0, 1}, DType::kF32, seed, {.outweighed = true});
    ASSERT_EQ(kept.size(), 2u);
    const auto before = values;
    ShrinkSlices(values, kRows, DType::kF32, seed + 1, kept);
    for (const int64_t at : kept)
      EXPECT_EQ(values[static_cast<size_t>(at)], before[static_cast<size_t>(at)]);
    EXPECT_TRUE(std::ranges::any_of(values, [](double value) {
      return std::fabs(value) < 1e-4;
    }));
  }
}

TEST(MixRows, SomeRowsAreAsWideAsAsked) {
  constexpr double kSpread = 0.003;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto values = Normals(1);
    values.resize(6 * kColumns);
    MixRows(values, kColumns, {0, 1}, DType::kBF16, seed,
            {.spreads = {kSpread}, .lowest = true, .outweighed = true});
    int wide = 0;
    for (int64_t row = 0; row < 6; ++row) {
      double squares = 0;
      for (const double value : Row(values, row)) squares += value * value;
      const double spread = std::sqrt(squares / kColumns);
      wide += spread > 0.5 * kSpread && spread < 2 * kSpread;
    }
    EXPECT_GE(wide, 3) << seed;
  }
}

TEST(MixRows, OneRowIsFarBelowAllMasksIfAsked) {
  for (const DType dtype : {DType::kF32, DType::kF16}) {
    auto values = Normals(1);
    MixRows(values, kColumns, {0, 1}, dtype, 5,
            {.spreads = {}, .lowest = true, .outweighed = false});
    const auto lowest = std::ranges::count(values, -20'000.0);
    EXPECT_EQ(lowest, dtype == DType::kF32 ? kColumns : 0);
  }
}

TEST(MixRows, TheExponentialsOfOneRowOverflowTogetherOnly) {
  const float most = std::numeric_limits<float>::max();
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto values = Normals(1);
    values.resize(12 * kColumns);
    MixRows(values, kColumns, {0, 1}, DType::kF32, seed, {.outweighed = true});
    int crowded = 0;
    for (int64_t row = 0; row < 12; ++row) {
      double sum = 0, largest = 0;
      for (const double value : Row(values, row)) {
        sum += std::exp(value);
        largest = std::max(largest, std::exp(value));
      }
      crowded += largest < most && sum > most;
    }
    EXPECT_GE(crowded, 1) << seed;
  }
}

TEST(MixRows, OneValueOfSomeRowsWeighsAsMuchAsAllOthers) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    auto values = Normals(1);
    values.resize(12 * kColumns);
    MixRows(values, kColumns, {0, 1}, DType::kF16, seed,
            {.spreads = {}, .lowest = false, .outweighed = true});
    int outweighed = 0;
    for (int64_t row = 0; row < 12; ++row)
      outweighed += IsOutweighed(Row(values, row));
    EXPECT_GE(outweighed, 3) << seed;
  }
}

TEST(MixRows, OfAFewRowsOneIsOutweighed) {
  for (const int64_t rows : {1, 2, 3, 4, 7, 11})
    for (uint64_t seed = 0; seed < 20; ++seed) {
      auto values = Normals(seed);
      values.resize(static_cast<size_t>(rows * kColumns));
      MixRows(values, kColumns, {0, 1}, DType::kF16, seed,
              {.outweighed = true, .outweighed_of_few = true});
      int outweighed = 0;
      for (int64_t row = 0; row < rows; ++row)
        outweighed += IsOutweighed(Row(values, row));
      EXPECT_GE(outweighed, 1) << rows << " rows, seed " << seed;
    }
}

TEST(StayApart, RowsOfTheOnlyInputThatTheOutputHas) {
  Task task = testing::OneInputTask("f32", "normal(0, 1)");
  task.outputs[0].shape = task.inputs[0].shape;
  EXPECT_TRUE(StayApart(task));
  task.outputs[0].shape.pop_back();
  EXPECT_FALSE(StayApart(task));
  task.outputs[0].shape = task.inputs[0].shape;
  task.inputs.push_back(task.inputs[0]);
  EXPECT_FALSE(StayApart(task));
}

TEST(MixRows, MeansAreAtMostAFewHundredDeviations) {
  auto values = Normals(3);
  MixRows(values, kColumns, {0, 1}, DType::kF32, 4);
  for (int64_t row = 0; row < kRows; ++row) {
    const auto own = Row(values, row);
    if (std::set<double>(own.begin(), own.end()).size() <= 4) continue;
    const auto [low, high] = std::ranges::minmax(own);
    EXPECT_GT((high - low) * 256, std::fabs(own[0]) / 4);
  }
}

TEST(MixRows, WhatIsNoWholeNumberOfRowsStays) {
  std::vector<double> values = {1, 2, 3};
  MixRows(values, 2, {0, 1}, DType::kF32, 1);
  EXPECT_EQ(values, (std::vector<double>{1, 2, 3}));
  MixRows(values, 0, {0, 1}, DType::kF32, 1);
  EXPECT_EQ(values, (std::vector<double>{1, 2, 3}));
}

TEST(PlantMixedPart, WhatIsHugeMeetsZeros) {
  std::vector<double> left(kRows * kColumns, 1), right(kColumns * 8, 1),
      transposed(8 * kColumns, 1);
  PlantMixedPart(left, kColumns, MixedPart::kZeroColumns, DType::kF32, 7);
  PlantMixedPart(right, 8, MixedPart::kHugeRows, DType::kF32, 7);
  PlantMixedPart(transposed, kColumns, MixedPart::kHugeColumns, DType::kF32, 7);
  int huge = 0;
  for (int64_t k = 0; k < kColumns; ++k) {
    const bool zero = left[static_cast<size_t>(k)] == 0;
    EXPECT_EQ(zero, right[static_cast<size_t>(k * 8)] > 1e6);
    EXPECT_EQ(zero, transposed[static_cast<size_t>(k)] > 1e6);
    huge += zero;
  }
  EXPECT_GT(huge, 1);
  EXPECT_LT(huge, 24);
}

TEST(MixRows, HalfPrecisionAndWhatIsComputedInItStayFinite) {
  auto values = Normals(5);
  MixRows(values, kColumns, {0, 1}, DType::kF16, 6);
  for (const double value : values) EXPECT_LT(std::fabs(value), 30);
  const auto before = values;
  PlantMixedPart(values, kColumns, MixedPart::kHugeRows, DType::kF16, 7);
  EXPECT_EQ(values, before);
}

std::vector<double> Enlarged(int64_t rows, DType dtype, uint64_t seed) {
  std::vector<double> values(static_cast<size_t>(rows * kColumns), 1);
  EnlargeRows(values, kColumns, 0, dtype, seed);
  return values;
}

TEST(EnlargeRows, FewAreFarLargerThanTheRest) {
  int large = 0;
  const auto values = Enlarged(6400, DType::kF32, 7);
  for (int64_t row = 0; row < 6400; ++row) {
    const auto own = Row(values, row);
    EXPECT_EQ(std::set<double>(own.begin(), own.end()).size(), 1u);
    if (own[0] == 1) continue;
    ++large;
    EXPECT_GE(own[0], 0x1p12);
    EXPECT_LE(own[0], 0x1p20);
  }
  EXPECT_NEAR(large, 100, 40);
}

TEST(EnlargeRows, OneIsEvenWhereThereAreFew) {
  for (uint64_t seed = 0; seed < 20; ++seed)
    for (const int64_t rows : {1, 3}) {
      const auto values = Enlarged(rows, DType::kF32, seed);
      EXPECT_EQ(*std::ranges::max_element(values), 0x1p20);
    }
}

TEST(EnlargeRows, HalfPrecisionStaysFinite) {
  for (const double value : Enlarged(640, DType::kF16, 3)) EXPECT_LE(value, 16);
}

TEST(Spread, RowsAreWidenedByFactorsOfTheirOwn) {
  auto values = Normals(1);
  const auto before = values;
  Spread(values, kColumns, 0, 3);
  double least = 100, most = 0;
  for (size_t i = 0; i < values.size(); i += kColumns) {
    const double factor = values[i] / before[i];
    EXPECT_NEAR(values[i + 1] / before[i + 1], factor, 1e-9);
    least = std::min(least, factor);
    most = std::max(most, factor);
  }
  EXPECT_GE(least, 3);
  EXPECT_LT(least, 3.5);
  EXPECT_GT(most, 5.5);
  EXPECT_LE(most, 6);
}

TEST(EnlargeRows, AMeanStays) {
  std::vector<double> values(kColumns, 5);
  EnlargeRows(values, kColumns, 5, DType::kF32, 1);
  Spread(values, kColumns, 5, 1);
  for (const double value : values) EXPECT_EQ(value, 5);
  EnlargeRows(values, 7, 0, DType::kF32, 1);  // no whole rows
  EXPECT_EQ(values[0], 5);
}

TEST(ShrinkSlices, AQuarterOfThemAndNoneOfHalfPrecision) {
  std::vector<double> values(400 * 6, 1), half = values;
  ShrinkSlices(values, 400, DType::kF32, 7);
  int small = 0;
  for (size_t slice = 0; slice < 400; ++slice) {
    for (size_t i = 1; i < 6; ++i) EXPECT_EQ(values[slice * 6], values[slice * 6 + i]);
    small += values[slice * 6] < 1e-5;
  }
  EXPECT_NEAR(small, 100, 40);
  const auto before = half;
  ShrinkSlices(half, 400, DType::kF16, 7);
  EXPECT_EQ(half, before);
}

}  // namespace
}  // namespace kernelevolve::worker
