// The same header as a device's references of 16 bits are compiled with, in a program
// of its own: its constants are others here.
#define KE_REFERENCE_NARROW
#include <gtest/gtest.h>

#include <cmath>

#include "kernelevolve/reference.h"

namespace {

using ke::with_error;

TEST(NarrowError, AnOperationHasHalfOfTheError) {
  EXPECT_EQ((with_error(3) + 4).variance, 49.0 / 4);
  EXPECT_EQ((with_error(3) * 4).variance, 144.0 / 4);
}

TEST(NarrowError, AStepOfASumHasASixteenthOfIt) {
  with_error sum = 100;
  sum += 4;
  EXPECT_EQ(sum.variance, 104.0 * 104 / 256);
  sum -= 104;
  EXPECT_EQ(sum.variance, 104.0 * 104 / 256) << "an exact zero adds none";
}

// A residual that is added is no sum of many.
TEST(NarrowError, AStepAsLargeAsTheSumIsAnOperation) {
  with_error sum = 3;
  sum += 4;
  EXPECT_EQ(sum.variance, 49.0 / 4);
}

// Rounded after every 16 terms, each time by 0.4 u at random, a long sum stays within
// a quarter of eight deviations; after every term it does not always.
TEST(NarrowError, BlocksOfASumMayBeRoundedAndTermsMayNot) {
  constexpr int kTerms = 4096, kBlock = 16;
  with_error sum = 0;
  for (int i = 0; i < kTerms; ++i) sum += with_error(1);
  const double blocks = static_cast<double>(kTerms) / kBlock, terms = kTerms;
  // The root of the sum of squares of partial sums, one for each rounding.
  const double of_blocks = 0.4 * kTerms * std::sqrt(blocks / 3);
  const double of_terms = 0.4 * kTerms * std::sqrt(terms / 3);
  const double bound = 8 * std::sqrt(sum.variance);
  EXPECT_LT(4 * of_blocks, bound);
  EXPECT_GT(4 * of_terms, bound);
}

}  // namespace
