#include "worker/gpu/server/device_messages.h"

#include <gtest/gtest.h>

#include "worker/testing/tasks.h"

namespace kernelevolve::worker::gpu {
namespace {

wire::EvaluateRequest Request() {
  wire::EvaluateRequest request;
  request.id = 7;
  request.task = testing::OneInputTask("f32", "normal(0, 1)");
  request.candidate.source = "def run(): pass";
  request.candidate.parameters = {{"BLOCK", "64"}};
  request.target.language = "triton";
  request.target.device = "sm_90";
  request.target.compile = {.argv = {"nvcc", "{source}"}, .extension = ".py"};
  request.secret = std::string(64, 'a');
  return request;
}

TEST(DeviceMessages, HostCodeGoesWithoutAPlan) {
  const wire::EvaluateRequest request = Request();
  wire::EvaluateRequest back;
  PlannedKernel kernel;
  const Status read =
      ReadJudgeMessage(JudgeHostMessage(request, "aten.mm"), &back, &kernel);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_TRUE(kernel.host);
  EXPECT_EQ(kernel.host->source, request.candidate.source);
  EXPECT_EQ(kernel.host->parameters.at("BLOCK"), "64");
  EXPECT_EQ(kernel.host->no_plan, "aten.mm");
  EXPECT_TRUE(kernel.plan.modules.empty());
  ASSERT_FALSE(kernel.shapes.empty());
  EXPECT_EQ(kernel.plan.shapes.size(), kernel.shapes.size());
  EXPECT_NE(kernel.For(kernel.shapes[0]), nullptr);
}

TEST(DeviceMessages, APlanIsNoHostCode) {
  const wire::EvaluateRequest request = Request();
  LaunchPlan plan;
  plan.shapes.resize(ShapesToRecord(request).size());
  plan.modules = {std::string("\x7f" "ELF\0", 5)};
  plan.ptx = {".version 9.0\n"};
  wire::EvaluateRequest back;
  PlannedKernel kernel;
  const Status read =
      ReadJudgeMessage(JudgeMessage(request, plan), &back, &kernel);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_FALSE(kernel.host);
  EXPECT_EQ(kernel.plan.modules, plan.modules);
  EXPECT_EQ(kernel.plan.ptx, plan.ptx);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
