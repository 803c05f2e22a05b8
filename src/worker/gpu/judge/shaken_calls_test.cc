#include "worker/gpu/judge/shaken_calls.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kQuiet = ".version 9.0\n.entry k() { st.global.u32 [%rd1], 0; }\n";
constexpr const char* kTalks = ".version 9.0\n.entry k() { red.global.add.u32 [%rd1], 1; }\n";

LaunchPlan Plan(const std::string& ptx) {
  LaunchPlan plan;
  plan.shapes.resize(1);
  plan.modules = {"image"};
  plan.ptx = {ptx};
  return plan;
}

TEST(ShakenCallsTest, WhatMayWaitForAnotherMayRace) {
  EXPECT_FALSE(MayRace(Plan(kQuiet)));
  EXPECT_TRUE(MayRace(Plan(kTalks)));
  LaunchPlan plan = Plan(kQuiet);
  LaunchOp launch;
  plan.shapes[0].run = {launch};
  EXPECT_FALSE(MayRace(plan));
  launch.programmatic = true;
  plan.shapes[0].run.push_back(launch);
  EXPECT_TRUE(MayRace(plan));
  MemsetOp fill;
  fill.stream = 1;
  plan.shapes[0].run = {fill};
  EXPECT_TRUE(MayRace(plan));
}

TEST(ShakenCallsTest, ModulesThatAreLaunchedAreShaken) {
  PlannedKernel kernel;
  kernel.plan = Plan(kTalks);
  LaunchOp launch;
  launch.kernel = "k";
  kernel.plan.shapes[0].run = {launch};
  ShakenKernel shaken = Shake(kernel, "0", Pauses::kEverywhere);
  EXPECT_EQ(shaken.modules, 1);
  EXPECT_EQ(shaken.unknown, 0);
  EXPECT_NE(shaken.kernel.plan.modules[0].find("nanosleep"), std::string::npos);
  EXPECT_EQ(FromPtx(kernel).plan.modules[0], kTalks);

  kernel.plan.modules.push_back("tables");
  kernel.plan.ptx.push_back("");
  shaken = Shake(kernel, "0", Pauses::kEverywhere);
  EXPECT_EQ(shaken.kernel.plan.modules[1], "tables");
  EXPECT_EQ(shaken.unknown, 0) << "nothing is launched from it";
  launch.module = 1;
  kernel.plan.shapes[0].run.push_back(launch);
  EXPECT_EQ(Shake(kernel, "0", Pauses::kEverywhere).unknown, 1);
  kernel.plan.ptx.clear();
  EXPECT_EQ(Shake(kernel, "0", Pauses::kEverywhere).modules, 0);
}

TEST(ShakenCallsTest, WrongValuesAndBadAccessesAreTheSchedules) {
  const auto may = [](Code code, const std::string& check, const std::string& what) {
    return MayComeOfSchedule({code, what, check, ""});
  };
  EXPECT_TRUE(may(Code::kWrongOutput, "compare", ""));
  EXPECT_TRUE(may(Code::kNonfinite, "nonfinite", ""));
  EXPECT_TRUE(may(Code::kGpuFault, "run", "CUDA_ERROR_ILLEGAL_ADDRESS"));
  EXPECT_FALSE(may(Code::kGpuFault, "run", "CUDA_ERROR_ASSERT"));
  EXPECT_FALSE(may(Code::kTimeout, "run", ""));
  EXPECT_FALSE(may(Code::kLaunchFail, "run", ""));
  EXPECT_FALSE(may(Code::kPrecision, "error_ratio", ""));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
