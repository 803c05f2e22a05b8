#include "worker/gpu/host/outside_clock.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

TEST(LessEmpty, WhatTheMeasurementTakesIsNotTheKernels) {
  // The empty call launched a kernel too, which a real one has to as well.
  EXPECT_DOUBLE_EQ(LessEmpty(300, 200, 2), 102);
}

TEST(LessEmpty, NoCallIsQuickerThanALaunch) {
  EXPECT_DOUBLE_EQ(LessEmpty(30, 200, 2), 2);
  EXPECT_DOUBLE_EQ(LessEmpty(1000, 1500, 2), 50);
}

TEST(FalseClaim, EventsThatAgreeAreBelieved) {
  EXPECT_FALSE(IsFalseClaim({90, 95, 99}, {100, 101, 102}));
  EXPECT_FALSE(IsFalseClaim({5, 5, 5}, {60, 70, 80})) << "scheduling";
  EXPECT_FALSE(IsFalseClaim({}, {}));
}

TEST(FalseClaim, OneOutlierDecidesNothing) {
  EXPECT_FALSE(IsFalseClaim({1, 990, 995}, {1000, 1001, 1002}));
}

TEST(FalseClaim, EventsThatAreTooGoodAreFalse) {
  EXPECT_TRUE(IsFalseClaim({10, 10, 10}, {1000, 1000, 1000}));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
