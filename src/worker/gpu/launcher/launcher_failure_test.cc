// What goes wrong in a launcher, and whose doing it is.
#include <gtest/gtest.h>

#include "base/format.h"
#include "worker/gpu/driver/device_info.h"
#include "worker/gpu/launcher/launcher_process.h"
#include "worker/gpu/launcher/testing/launcher_test.h"

namespace kernelevolve::worker::gpu {
namespace {

using testing::AddOne;
using testing::Image;
using testing::Input;
using testing::Launch;
using testing::LauncherTest;
using testing::Output;
using testing::kKernels;
using std::chrono::seconds;

TEST_F(LauncherTest, AFaultIsTheKernelsAndEndsTheLauncher) {
  Start();
  ShapePlan plan;
  plan.run = {Launch("fault")};
  ASSERT_FALSE(LoadAndBind(plan));
  const auto failure = Run();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kGpuFault);
  EXPECT_NE(failure->message.find("CUDA_ERROR_ILLEGAL_ADDRESS"),
            std::string::npos);
  EXPECT_FALSE(launcher_->usable());
  plan.run = {AddOne(Input(0), Output(0))};
  Start();
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, AHangIsATimeoutAndTheNextLauncherWorks) {
  Start();
  ShapePlan plan;
  plan.run = {Launch("hang")};
  ASSERT_FALSE(LoadAndBind(plan));
  const auto failure = Run(seconds(1));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kTimeout);
  EXPECT_FALSE(launcher_->usable());
  plan.run = {AddOne(Input(0), Output(0))};
  Start();
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, BadImagesAndPlansFailWithoutHarm) {
  Start();
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  const auto other = Load(plan, Image(kKernels, 80));
  ASSERT_TRUE(other);
  EXPECT_EQ(other->code, Code::kLaunchFail);
  EXPECT_NE(other->message.find("sm_80"), std::string::npos) << other->message;
  EXPECT_NE(other->message.find("sm_90"), std::string::npos) << other->message;
  const auto text = Load(plan, "no image");
  ASSERT_TRUE(text);
  EXPECT_EQ(text->code, Code::kLaunchFail);
  plan.run = {Launch("absent")};
  const auto absent = Load(plan);
  ASSERT_TRUE(absent);
  EXPECT_NE(absent->message.find("absent"), std::string::npos);
  LaunchOp greedy = Launch("nothing");
  greedy.shared_bytes = 300'000;
  plan.run = {greedy};
  const auto shared = Load(plan);
  ASSERT_TRUE(shared);
  EXPECT_EQ(shared->code, Code::kLaunchFail);
  EXPECT_NE(shared->message.find("300000"), std::string::npos);
  EXPECT_TRUE(launcher_->usable());
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  EXPECT_FALSE(Run());
}

TEST_F(LauncherTest, ParametersMustCoverTheKernelsOwn) {
  Start();
  ShapePlan plan;
  LaunchOp op = AddOne(Input(0), Output(0));
  op.offsets = {0, 8};
  plan.run = {op};
  const auto few = LoadAndBind(plan);
  ASSERT_TRUE(few);
  EXPECT_NE(few->message.find("takes 3 parameters"), std::string::npos)
      << few->message;
  op = AddOne(Input(0), Output(0));
  op.parameters.resize(17);
  plan.run = {op};
  EXPECT_TRUE(LoadAndBind(plan));
  EXPECT_TRUE(launcher_->usable());
}

TEST_F(LauncherTest, SpentMemoryIsAMatterOfResources) {
  Start("cuMemAlloc_v2=2");
  ShapePlan plan;
  plan.allocations = {64};
  ASSERT_FALSE(Load(plan));
  const auto failure = Bind();
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kResource);
  EXPECT_TRUE(IsOutOfMemory(*failure));
  EXPECT_TRUE(launcher_->usable());
}

TEST_F(LauncherTest, ADeviceThatFailsIsNobodysVerdict) {
  Start("cuGraphLaunch=214");
  ShapePlan plan;
  plan.run = {AddOne(Input(0), Output(0))};
  ASSERT_FALSE(LoadAndBind(plan));
  double host_ns = 0;
  const auto ran = launcher_->Run(seconds(20), &host_ns);
  ASSERT_FALSE(ran);
  EXPECT_EQ(ran.error().code, ErrorCode::kInfrastructure);
  EXPECT_FALSE(launcher_->usable());
}

TEST_F(LauncherTest, GivesEverythingBack) {
  Start();
  ShapePlan plan;
  plan.allocations = {64, 4096};
  plan.run = {AddOne(Input(0), Output(0)), AddOne(Output(0), Output(0), 1)};
  for (int i = 0; i < 2; ++i) {
    ASSERT_FALSE(LoadAndBind(plan));
    ASSERT_FALSE(Run());
  }
  EXPECT_TRUE(launcher_->Unlend(1));
  launcher_->Quit(seconds(10));
  const auto lines = LogLines();
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines.back(), "left");
}

TEST_F(LauncherTest, WithoutADriverItSaysWhatHelps) {
  options_.driver = "/nowhere/libcuda.so.1";
  const auto started = LauncherProcess::Start(options_);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::kMissing);
  EXPECT_NE(started.error().message.find("install the driver"),
            std::string::npos);
}

TEST(LauncherFailure, LimitsOfOursAreNotTheDevicesMemory) {
  EXPECT_FALSE(IsOutOfMemory({Code::kResource, "", "workspace_size", ""}));
  EXPECT_FALSE(IsOutOfMemory({Code::kResource, "", "resource_limits", ""}));
  EXPECT_FALSE(IsOutOfMemory({Code::kGpuFault, "", "run", ""}));
  EXPECT_TRUE(IsOutOfMemory({Code::kResource, "", "host_code", ""}));
}

TEST(LauncherFailure, NotEveryFaultIsABadAccess) {
  const auto fault = [](const std::string& name) {
    CudaReport report;
    report.name = name;
    report.sticky = true;
    return FailureOf(report);
  };
  EXPECT_TRUE(MayBeBadAccess(fault("CUDA_ERROR_ILLEGAL_ADDRESS")));
  EXPECT_TRUE(MayBeBadAccess(fault("CUDA_ERROR_LAUNCH_FAILED")));
  EXPECT_FALSE(MayBeBadAccess(fault("CUDA_ERROR_ILLEGAL_INSTRUCTION")));
  EXPECT_FALSE(MayBeBadAccess(fault("CUDA_ERROR_MISALIGNED_ADDRESS")));
  EXPECT_FALSE(MayBeBadAccess(fault("CUDA_ERROR_ASSERT")));
  EXPECT_FALSE(MayBeBadAccess(
      {Code::kGpuFault, "AcceleratorError: CUDA error: misaligned address", "run", ""}));
  EXPECT_FALSE(MayBeBadAccess({Code::kTimeout, "", "run", ""}));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
