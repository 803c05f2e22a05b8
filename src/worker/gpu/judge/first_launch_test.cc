#include "worker/gpu/judge/first_launch.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

constexpr const char* kPtx =
    ".version 9.0\n"
    ".visible .entry careless(.param .u64 p) { griddepcontrol.launch_dependents; ret; }\n"
    ".visible .entry careful(.param .u64 p) { griddepcontrol.wait; ret; }\n";
constexpr const char* kByFunction =
    ".version 9.0\n"
    ".func wait() { griddepcontrol.wait; ret; }\n"
    ".visible .entry careless(.param .u64 p) { call wait; ret; }\n";

LaunchPlan Plan(const std::string& ptx, const std::string& kernel, bool programmatic) {
  LaunchOp launch;
  launch.kernel = kernel;
  launch.programmatic = programmatic;
  LaunchPlan plan;
  plan.shapes.resize(1);
  plan.shapes[0].run = {launch};
  plan.modules = {"image"};
  plan.ptx = {ptx};
  return plan;
}

TEST(FirstLaunchTest, MustWaitIfItMayStartEarly) {
  const auto failure = CheckFirstLaunch(Plan(kPtx, "careless", true));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kAsyncEscape);
  EXPECT_NE(failure->message.find("careless"), std::string::npos);
  EXPECT_FALSE(CheckFirstLaunch(Plan(kPtx, "careful", true)));
  EXPECT_FALSE(CheckFirstLaunch(Plan(kPtx, "careless", false)));
}

TEST(FirstLaunchTest, WhatIsNotKnownPasses) {
  EXPECT_FALSE(CheckFirstLaunch(Plan("", "careless", true)));
  EXPECT_FALSE(CheckFirstLaunch(Plan(kPtx, "absent", true)));
  EXPECT_FALSE(CheckFirstLaunch(Plan(kByFunction, "careless", true)));
}

TEST(FirstLaunchTest, OnlyTheFirstOfTheCallsOwnStreamCounts) {
  LaunchPlan plan = Plan(kPtx, "careless", true);
  plan.shapes[0].run.insert(plan.shapes[0].run.begin(), MemsetOp{});
  EXPECT_FALSE(CheckFirstLaunch(plan));  // the fill waits
  MemsetOp beside;
  beside.stream = 1;
  plan.shapes[0].run[0] = beside;
  EXPECT_TRUE(CheckFirstLaunch(plan));
  plan.shapes[0].run[0] = EventOp{0, 0, false};
  EXPECT_TRUE(CheckFirstLaunch(plan));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
