#include "worker/gpu/judge/device_verify.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

using enum InputFamily;

DeviceComparison Found(int64_t compared, int64_t wrong, double worst) {
  DeviceComparison found;
  found.compared = compared;
  found.wrong = wrong;
  found.worst = worst;
  return found;
}

TEST(WithoutTail, OneInAMillionMayBeOffByALittleMore) {
  const DeviceComparison kept = WithoutTail(Found(16 << 20, 16, 1.9), kDeclared);
  EXPECT_EQ(kept.wrong, 0);
  EXPECT_EQ(kept.worst, 1) << "no share of an allowance is beyond it";
  EXPECT_EQ(WithoutTail(Found(16 << 20, 17, 1.9), kDeclared).wrong, 17);
  EXPECT_EQ(WithoutTail(Found(16 << 20, 1, 2.1), kDeclared).wrong, 1);
}

TEST(WithoutTail, OfFewerElementsEachCounts) {
  EXPECT_EQ(WithoutTail(Found((1 << 20) - 1, 1, 1.1), kDeclared).wrong, 1);
}

TEST(WithoutTail, OfOddValuesMore) {
  EXPECT_EQ(WithoutTail(Found(1 << 16, 16, 1.9), kLarge).wrong, 0);
  EXPECT_EQ(WithoutTail(Found(1 << 16, 17, 1.9), kLarge).wrong, 17);
  EXPECT_EQ(WithoutTail(Found(1 << 16, 5, 2.1), kLarge).wrong, 5);
}

TEST(WithoutTail, WhatIsNoNumberOrNotWrittenStaysWrong) {
  DeviceComparison nan = Found(16 << 20, 1, 0.5), untouched = nan;
  nan.nonfinite = 1;
  untouched.untouched = 1;
  EXPECT_EQ(WithoutTail(nan, kDeclared).wrong, 1);
  EXPECT_EQ(WithoutTail(untouched, kDeclared).wrong, 1);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
