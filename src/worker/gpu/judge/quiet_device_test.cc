#include "worker/gpu/judge/quiet_device.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

constexpr QuietTimes kQuiet{100, 400};

TEST(IsDisturbed, AFifthIsClocksAndScheduling) {
  EXPECT_FALSE(IsDisturbed(kQuiet, {100, 400}));
  EXPECT_FALSE(IsDisturbed(kQuiet, {124, 1070}));
  EXPECT_FALSE(IsDisturbed(kQuiet, {50, 100})) << "quicker is no disturbance";
  EXPECT_FALSE(IsDisturbed({2, 400}, {6, 400})) << "an event's resolution";
}

TEST(IsDisturbed, OneOfThemIsEnough) {
  EXPECT_TRUE(IsDisturbed(kQuiet, {126, 400}));
  EXPECT_TRUE(IsDisturbed(kQuiet, {100, 1090}));
}

TEST(ExplainDisturbance, WhatEndsWithTheKernelWasItsDoing) {
  const Failure failure =
      ExplainDisturbance("s", kQuiet, {200, 400}, {101, 410});
  EXPECT_EQ(failure.code, Code::kSabotage);
  EXPECT_EQ(failure.check, "panel_alone");
  EXPECT_NE(failure.message.find("200.0 us beside it"), std::string::npos);
  // A kernel that polls holds up whoever asks something of the device.
  EXPECT_EQ(ExplainDisturbance("s", kQuiet, {100, 2400}, kQuiet).code,
            Code::kSabotage);
}

TEST(ExplainDisturbance, WhatRemainsOrIsSmallIsHeldAgainstNobody) {
  EXPECT_EQ(ExplainDisturbance("s", kQuiet, {200, 400}, {190, 400}).code,
            Code::kNoisy);
  EXPECT_EQ(ExplainDisturbance("s", kQuiet, {130, 400}, kQuiet).code,
            Code::kNoisy);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
