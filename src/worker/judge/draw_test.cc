// The distributions behind the judge's inputs.
#include "worker/judge/draw.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace kernelevolve::worker {
namespace {

using Kind = ValueSpec::Kind;
using enum InputFamily;

constexpr InputFamily kFamilies[] = {kDeclared,  kStructured,    kCancelling,
                                     kLarge,     kTiny,          kSparse,
                                     kSmallIntegers, kOutlier,   kOffset,       kAllEqual,
                                     kAscending, kDescending,    kSpecial,
                                     kSpecialRows, kPatchy,        kStrided,     kRising};

ValueSpec Spec(Kind kind) {
  ValueSpec spec;
  spec.kind = kind;
  return spec;
}

std::vector<double> Normal(InputFamily family, uint64_t seed = 1,
                           int64_t count = 4000) {
  return DrawFloating(Spec(Kind::kNormal), {0, 1}, family, seed, count);
}

std::vector<double> Uniform(InputFamily family, double a, double b) {
  return DrawFloating(Spec(Kind::kUniform), {a, b}, family, 1, 4000);
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double MeanSquare(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum / static_cast<double>(values.size());
}

template <typename Is>
double Share(const std::vector<double>& values, Is is) {
  return static_cast<double>(std::count_if(values.begin(), values.end(), is)) /
         static_cast<double>(values.size());
}

TEST(DrawFloatingValues, SortedFamiliesAreTheDeclaredDrawsInOrder) {
  std::vector<double> sorted = Normal(kDeclared);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(Normal(kAscending), sorted);
  std::reverse(sorted.begin(), sorted.end());
  EXPECT_EQ(Normal(kDescending), sorted);
}

TEST(DrawNormal, HasTheDeclaredMoments) {
  const auto values =
      DrawFloating(Spec(Kind::kNormal), {3, 2}, kDeclared, 5, 100000);
  EXPECT_NEAR(Mean(values), 3, 0.03);
  EXPECT_NEAR(std::sqrt(MeanSquare(values) - 9), 2, 0.05);
  const double within = Share(values, [](double v) { return std::fabs(v - 3) < 2; });
  EXPECT_NEAR(within, 0.6827, 0.01);
}

TEST(DrawNormal, AnyElementCanBeDrawnAlone) {
  const NormalSource source;
  EXPECT_EQ(source.At(9, 1000), NormalSource().At(9, 1000));
  const auto few = Normal(kDeclared, 9, 10), many = Normal(kDeclared, 9, 1000);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST(DrawNormal, TheSeedDecides) {
  for (const InputFamily family : {kDeclared, kLarge, kOutlier, kAllEqual})
    EXPECT_NE(Normal(family, 1), Normal(family, 2)) << FamilyName(family);
}

TEST(DrawNormal, StructuredRepeatsAndHasBothSigns) {
  const auto values = Normal(kStructured);
  for (size_t i = 17; i < values.size(); ++i)
    ASSERT_EQ(values[i], values[i - 17]);
  EXPECT_GT(Share(values, [](double v) { return v > 0; }), 0.3);
  EXPECT_GT(Share(values, [](double v) { return v < 0; }), 0.3);
}

TEST(DrawNormal, CancellingNeighboursNearlyCancel) {
  const auto values = Normal(kCancelling);
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    ASSERT_GT(std::fabs(values[i]), 99);
    ASSERT_LT(std::fabs(values[i] + values[i + 1]), 0.2);
  }
}

TEST(DrawNormal, CancellingLanesCancelAsWell) {
  const auto values = Normal(kCancelling);
  constexpr size_t kLanes = 16;
  for (size_t lane = 0; lane < kLanes; ++lane) {
    double sum = 0;
    for (size_t i = lane; i < values.size(); i += kLanes) {
      sum += values[i];
      ASSERT_LT(std::fabs(sum), 201);
    }
  }
}

TEST(DrawNormal, LargeAndTinyScaleTheSpread) {
  EXPECT_NEAR(std::sqrt(MeanSquare(Normal(kLarge))), 64, 4);
  EXPECT_NEAR(std::sqrt(MeanSquare(Normal(kTiny))), 1e-3, 1e-4);
}

TEST(DrawNormal, SparseIsThreeQuartersZero) {
  const auto values = Normal(kSparse);
  EXPECT_NEAR(Share(values, [](double v) { return v == 0; }), 0.75, 0.03);
}

TEST(DrawNormal, SparseHasZerosOfBothSigns) {
  const auto values = Normal(kSparse);
  const auto negative = [](double v) { return v == 0 && std::signbit(v); };
  EXPECT_GT(Share(values, negative), 0.05);
  EXPECT_LT(Share(values, negative), 0.5);
}

// Whole stretches are empty, full, or empty but for one value or the last ones.
TEST(DrawNormal, PatchesAreFarBetween) {
  const auto values = Normal(kPatchy, 3, 100000);
  EXPECT_NEAR(Share(values, [](double v) { return v == 0; }), 0.73, 0.12);
  size_t alone = 0, run = 0;
  for (size_t i = 1; i + 1 < values.size(); ++i) {
    run = values[i - 1] == 0 ? run + 1 : 0;
    alone += run >= 32 && values[i] != 0 && values[i + 1] == 0;
  }
  EXPECT_GT(alone, 20u);
}

TEST(DrawNormal, SmallIntegersAreAllFive) {
  const auto values = Normal(kSmallIntegers);
  EXPECT_EQ(std::set<double>(values.begin(), values.end()),
            (std::set<double>{-2, -1, 0, 1, 2}));
}

TEST(DrawNormal, OutliersAreRareAndHuge) {
  const auto values = Normal(kOutlier);
  const double huge = Share(values, [](double v) { return std::fabs(v) > 100; });
  EXPECT_GT(huge, 0.5 / 97);
  EXPECT_LT(huge, 2.0 / 97);
}

TEST(DrawNormal, AnOffsetIsLargeBesideTheSpread) {
  for (const double v : Normal(kOffset, 1000)) {
    EXPECT_GT(v, 15);
    EXPECT_LT(v, 17);
  }
}

TEST(DrawNormal, AllEqualIsOneValue) {
  const auto values = Normal(kAllEqual);
  EXPECT_EQ(std::set<double>(values.begin(), values.end()).size(), 1u);
}

TEST(DrawNormal, SpecialHasNanAndBothInfinities) {
  const auto values = Normal(kSpecial);
  EXPECT_GT(Share(values, [](double v) { return std::isnan(v); }), 0.005);
  EXPECT_GT(Share(values, [](double v) { return v == INFINITY; }), 0.005);
  EXPECT_GT(Share(values, [](double v) { return v == -INFINITY; }), 0.005);
  EXPECT_GT(Share(values, [](double v) { return std::isfinite(v); }), 0.9);
}

TEST(DrawNormal, NoOtherFamilyHasSpecials) {
  for (const InputFamily family : kFamilies) {
    if (family == kSpecial) continue;
    for (const double value : Normal(family)) ASSERT_TRUE(std::isfinite(value));
  }
}

TEST(DrawUniform, SmallIntegersAreFiveValuesWithBothEnds) {
  const auto values = Uniform(kSmallIntegers, -1, 3);
  EXPECT_EQ(std::set<double>(values.begin(), values.end()),
            (std::set<double>{-1, 0, 1, 2, 3}));
}

TEST(DrawUniform, NoFamilyLeavesTheInterval) {
  for (const InputFamily family : kFamilies) {
    const auto values = Uniform(family, -0.25, 3);
    for (const double value : values) {
      ASSERT_GE(value, -0.25) << FamilyName(family);
      ASSERT_LE(value, 3) << FamilyName(family);
    }
  }
}

TEST(DrawUniform, FamiliesPressAgainstTheEnds) {
  EXPECT_GT(Mean(Uniform(kLarge, 0, 1)), 0.97);
  EXPECT_LT(Mean(Uniform(kTiny, 0, 1)), 0.03);
  EXPECT_NEAR(Mean(Uniform(kDeclared, 0, 1)), 0.5, 0.02);
  const auto ends = Uniform(kCancelling, 0, 1);
  EXPECT_EQ(Share(ends, [](double v) { return v > 0.01 && v < 0.99; }), 0);
}

TEST(DrawUniform, SparseCrowdsIntoAShortStretch) {
  auto values = DrawFloating(Spec(Kind::kUniform), {-1, 1}, kSparse, 1, 1000);
  std::sort(values.begin(), values.end());
  size_t most = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto end = std::upper_bound(values.begin(), values.end(),
                                      values[i] + 2.0 / 256);
    most = std::max(most, static_cast<size_t>(end - values.begin()) - i);
  }
  EXPECT_GT(most, 650u);
}

TEST(DrawFloating, OrderIsKeptInEveryFamily) {
  for (const InputFamily family : kFamilies) {
    const auto sorted =
        DrawFloating(Spec(Kind::kSorted), {-1, 2}, family, 3, 500);
    EXPECT_TRUE(std::is_sorted(sorted.begin(), sorted.end()));
    const auto rising =
        DrawFloating(Spec(Kind::kIncreasing), {-1, 2}, family, 3, 500);
    EXPECT_EQ(std::adjacent_find(rising.begin(), rising.end(),
                                 [](double a, double b) { return a >= b; }),
              rising.end())
        << FamilyName(family);
    EXPECT_GE(rising.front(), -1);
    EXPECT_LE(rising.back(), 2);
  }
}

TEST(DrawFloating, FixedKindsAreFixed) {
  for (const InputFamily family : kFamilies) {
    EXPECT_EQ(DrawFloating(Spec(Kind::kZeros), {}, family, 1, 3),
              (std::vector<double>{0, 0, 0}));
    EXPECT_EQ(DrawFloating(Spec(Kind::kOnes), {}, family, 1, 2),
              (std::vector<double>{1, 1}));
    EXPECT_EQ(DrawFloating(Spec(Kind::kConstant), {2.5}, family, 1, 2),
              (std::vector<double>{2.5, 2.5}));
    for (const double v :
         DrawFloating(Spec(Kind::kChoice), {1, 4}, family, 1, 100))
      EXPECT_TRUE(v == 1 || v == 4);
  }
}

std::vector<int64_t> Ints(Kind kind, std::vector<double> arguments,
                          InputFamily family, int64_t count, uint64_t seed = 1) {
  return DrawIntegers(Spec(kind), arguments, family, seed, count);
}

TEST(DrawIntegers, RandintStaysInItsRangeInEveryFamily) {
  for (const InputFamily family : kFamilies)
    for (const auto& [low, high] :
         {std::pair{-3.0, 11.0}, {5.0, 5.0}, {0.0, 1.0}})
      for (const int64_t value : Ints(Kind::kRandint, {low, high}, family, 500)) {
        ASSERT_GE(static_cast<double>(value), low) << FamilyName(family);
        ASSERT_LE(static_cast<double>(value), high) << FamilyName(family);
      }
}

TEST(DrawIntegers, BothEndsOfRandintOccur) {
  const auto values = Ints(Kind::kRandint, {-3, 11}, kDeclared, 2000);
  EXPECT_EQ(std::set<int64_t>(values.begin(), values.end()).size(), 15u);
}

TEST(DrawIntegers, FamiliesChangeWhatIsFrequent) {
  const auto count = [](const std::vector<int64_t>& values, int64_t v) {
    return std::count(values.begin(), values.end(), v);
  };
  EXPECT_GT(count(Ints(Kind::kRandint, {0, 99}, kLarge, 1000), 99), 600);
  EXPECT_GT(count(Ints(Kind::kRandint, {0, 99}, kTiny, 1000), 0), 600);
  const auto equal = Ints(Kind::kRandint, {0, 99}, kAllEqual, 100);
  EXPECT_EQ(std::set<int64_t>(equal.begin(), equal.end()).size(), 1u);
  EXPECT_GT(count(Ints(Kind::kRandint, {0, 99}, kPatchy, 1000), 49), 950);
}

TEST(DrawIntegers, SortedIsSorted) {
  for (const InputFamily family : kFamilies) {
    const auto values = Ints(Kind::kSorted, {0, 50}, family, 300);
    EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    EXPECT_GE(values.front(), 0);
    EXPECT_LE(values.back(), 50);
  }
}

TEST(DrawIntegers, IncreasingIsStrictEvenWithoutRoomToSpare) {
  for (const InputFamily family : kFamilies)
    for (const int64_t high : {99, 100, 130, 100000})
      for (uint64_t seed = 0; seed < 5; ++seed) {
        const auto values = Ints(Kind::kIncreasing,
                                 {0, static_cast<double>(high)}, family, 100, seed);
        ASSERT_EQ(values.size(), 100u);
        for (size_t i = 1; i < values.size(); ++i)
          ASSERT_LT(values[i - 1], values[i]);
        EXPECT_GE(values.front(), 0);
        EXPECT_LE(values.back(), high);
      }
}

TEST(DrawIntegers, OffsetsRunFromZeroToTheTotal) {
  for (const InputFamily family : kFamilies)
    for (const int64_t total : {0, 1, 1000}) {
      const auto values = Ints(Kind::kJaggedOffsets,
                               {static_cast<double>(total)}, family, 33);
      EXPECT_EQ(values.front(), 0) << FamilyName(family);
      EXPECT_EQ(values.back(), total) << FamilyName(family);
      EXPECT_TRUE(std::is_sorted(values.begin(), values.end()));
    }
}

TEST(DrawIntegers, LargeOffsetsPutEverythingIntoOneSegment) {
  const auto values = Ints(Kind::kJaggedOffsets, {1000}, kLarge, 33);
  EXPECT_EQ(std::set<int64_t>(values.begin(), values.end()),
            (std::set<int64_t>{0, 1000}));
}

// A table that can be guessed from its index, and ones that can not.
TEST(DrawIntegers, IncreasingNumbersAreNeighboursInSomeFamilies) {
  const std::vector<double> range = {10, 10009};
  const auto low = Ints(Kind::kIncreasing, range, kStructured, 100);
  EXPECT_EQ(low.front(), 10);
  EXPECT_EQ(low.back(), 109);
  const auto high = Ints(Kind::kIncreasing, range, kLarge, 100);
  EXPECT_EQ(high.front(), 9910);
  EXPECT_EQ(high.back(), 10009);
  const auto both = Ints(Kind::kIncreasing, range, kSparse, 100);
  EXPECT_EQ(both[49], 59);
  EXPECT_EQ(both[50], 9960);
}

// Distances of all widths: two are three quarters of what there is to leave out.
TEST(DrawIntegers, RunsOfNeighboursHaveWideGapsBetweenThem) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    const auto values = Ints(Kind::kIncreasing, {0, 1999}, kCancelling, 1000, seed);
    std::vector<int64_t> gaps = {values.front(), 1999 - values.back()};
    int64_t neighbours = 0;
    for (size_t i = 1; i < values.size(); ++i) {
      gaps.push_back(values[i] - values[i - 1] - 1);
      neighbours += values[i] == values[i - 1] + 1;
    }
    std::ranges::sort(gaps, std::greater<>());
    EXPECT_GE(gaps[0], 375);
    EXPECT_GE(gaps[0] + gaps[1], 750);
    EXPECT_GE(neighbours, 990);
  }
}

TEST(DrawIntegers, StructuredVisitsAllOfALargeRange) {
  const auto values = Ints(Kind::kRandint, {-5000, 20000}, kStructured, 300);
  EXPECT_LT(*std::min_element(values.begin(), values.end()), -4000);
  EXPECT_GT(*std::max_element(values.begin(), values.end()), 19000);
}

TEST(DrawIntegers, SparseOffsetsLeaveMostSegmentsEmpty) {
  const auto values = Ints(Kind::kJaggedOffsets, {1000}, kSparse, 33);
  EXPECT_LE(std::set<int64_t>(values.begin(), values.end()).size(), 5u);
}

TEST(DrawIntegers, APermutationHasEveryIndexOnce) {
  for (const InputFamily family : kFamilies) {
    auto values = Ints(Kind::kPermutation, {}, family, 257);
    EXPECT_FALSE(std::is_sorted(values.begin(), values.end()));
    std::sort(values.begin(), values.end());
    for (int64_t i = 0; i < 257; ++i)
      ASSERT_EQ(values[static_cast<size_t>(i)], i);
  }
}

}  // namespace
}  // namespace kernelevolve::worker
