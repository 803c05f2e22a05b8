#include "worker/gpu/judge/panel_compare.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

TEST(PanelCompare, BothSidesMayErrByWhatWasGranted) {
  const Allowance granted{0.25, 0.5, 2};
  const Allowance between = BothMayErr(granted, 2);
  EXPECT_EQ(between.relative, 0.5);
  EXPECT_EQ(between.absolute, 1);
  EXPECT_EQ(between.scale, 2);
}

TEST(PanelCompare, LargerValuesMayErrMoreAndSmallerOnesNoLess) {
  const Allowance granted{0.25, 0.5, 2};
  EXPECT_EQ(BothMayErr(granted, 6).absolute, 3);
  EXPECT_EQ(BothMayErr(granted, 6).relative, 0.5);
  EXPECT_EQ(BothMayErr(granted, 0.1).absolute, 1);
}

TEST(PanelCompare, AnAllowanceWithoutScaleIsTakenAsItIs) {
  EXPECT_EQ(BothMayErr({0, 0.5, 0}, 7).absolute, 1);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
