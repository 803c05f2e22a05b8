#include "worker/gpu/judge/open_pairs.h"

#include <gtest/gtest.h>

#include <limits>

namespace kernelevolve::worker::gpu {
namespace {

using enum NumberClass;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kQuiet = std::numeric_limits<double>::quiet_NaN();

ExpectedOutput Both(std::vector<double> first, std::vector<double> second) {
  ExpectedOutput both;
  both.allowance.assign(first.size(), 1e-3f);
  both.exact = std::move(first);
  both.second = std::move(second);
  return both;
}

// A row with an infinity: x / sqrt(inf) is 0 but for the infinity itself, and the
// library makes NaN of all of it. The other row is like any.
TEST(PairsOf, ALibrarysNanMayBeTheFormulasNumberAndNothingElse) {
  const OpenPairs open =
      PairsOf(Both({0, kQuiet, 0, 1, 2, 3}, {kQuiet, kQuiet, kQuiet, 1, 2, 3}));
  EXPECT_TRUE(open.IsOpen(kNan, kFinite));
  OpenPairs alone;
  alone.Open(kNan, kFinite);
  EXPECT_EQ(open.bits(), alone.bits()) << "a NaN beside finite numbers is none";
}

TEST(PairsOf, TheSecondIsWhatStandsAtOtherShapes) {
  const OpenPairs open = PairsOf(Both({kQuiet, kInf}, {0, -kInf}));
  EXPECT_TRUE(open.IsOpen(kFinite, kNan));
  EXPECT_TRUE(open.IsOpen(kMinusInfinity, kPlusInfinity));
  EXPECT_FALSE(open.IsOpen(kNan, kFinite));
  EXPECT_FALSE(open.IsOpen(kPlusInfinity, kMinusInfinity));
}

TEST(PairsOf, ReferencesThatAgreeOpenNothing) {
  EXPECT_TRUE(
      PairsOf(Both({0, kQuiet, -kInf, 1}, {0, kQuiet, -kInf, 1.0005})).empty());
  ExpectedOutput alone = Both({0, kQuiet}, {});
  EXPECT_TRUE(PairsOf(alone).empty()) << "there is no second";
}

// A sort that puts NaN last and one that puts it first have other numbers, too.
TEST(PairsOf, NumbersThatDifferAreOpen) {
  const OpenPairs open = PairsOf(Both({kQuiet, 5, 4}, {5, 4, kQuiet}));
  EXPECT_TRUE(open.IsOpen(kFinite, kFinite));
  EXPECT_TRUE(open.IsOpen(kFinite, kNan));
  EXPECT_TRUE(open.IsOpen(kNan, kFinite));
}

TEST(PairsOf, IntegersAreOpenAsAWhole) {
  ExpectedOutput both;
  both.dtype = DType::kI32;
  both.integers = {1, 0, 0, 0, 2, 0, 0, 0};
  both.second_integers = both.integers;
  EXPECT_TRUE(PairsOf(both).empty());
  both.second_integers[4] = 3;
  EXPECT_TRUE(PairsOf(both).IsOpen(kFinite, kFinite));
}

TEST(OpenPairs, ATaskMayLeaveNanAndInfinitiesOpenButNoNumber) {
  TensorSpec output;
  EXPECT_TRUE(OpenByTask(output, InputFamily::kSpecial).empty());
  output.nonfinite = NonFinite::kUnspecified;
  const OpenPairs open = OpenByTask(output, InputFamily::kLarge);
  for (const NumberClass got : {kFinite, kPlusInfinity, kMinusInfinity, kNan}) {
    EXPECT_TRUE(open.IsOpen(kNan, got));
    EXPECT_TRUE(open.IsOpen(kPlusInfinity, got));
    EXPECT_TRUE(open.IsOpen(kMinusInfinity, got));
    EXPECT_FALSE(open.IsOpen(kFinite, got));
  }
}

// A transform spreads what it is given over the neighbours of its place.
TEST(OpenPairs, WhereInputsHoldSpecialsTheyMayStandInOtherPlaces) {
  TensorSpec output;
  output.nonfinite = NonFinite::kUnspecified;
  for (const auto inputs : {InputFamily::kSpecial, InputFamily::kSpecialRows}) {
    const OpenPairs open = OpenByTask(output, inputs);
    EXPECT_TRUE(open.IsOpen(kFinite, kNan));
    EXPECT_TRUE(open.IsOpen(kFinite, kMinusInfinity));
    EXPECT_FALSE(open.IsOpen(kFinite, kFinite));
  }
}

// The device's kernel has these numbers from nowhere else.
TEST(OpenPairs, BitsAreFourTimesTheRightClassAndTheOther) {
  EXPECT_EQ(OpenPairs::Lenient().bits(), 0xfff0u);
  OpenPairs open;
  open.Open(kMinusInfinity, kNan);
  EXPECT_EQ(open.bits(), 1u << 11);
  OpenPairs more;
  more.Open(kFinite, kFinite);
  open.Open(more);
  EXPECT_EQ(open.bits(), 1u << 11 | 1u);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
