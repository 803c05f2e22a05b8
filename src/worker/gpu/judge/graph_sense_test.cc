#include "worker/gpu/judge/graph_sense.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

TEST(GraphSense, AKernelThatAsksIsRefused) {
  LaunchPlan plan;
  plan.ptx = {"", ".visible .entry k()\n{\n\tmov.u64 %rd1, %current_graph_exec;\n}\n"};
  const auto failure = CheckGraphSense(plan);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kPhaseBranch);
}

TEST(GraphSense, OthersPass) {
  LaunchPlan plan;
  EXPECT_FALSE(CheckGraphSense(plan));
  plan.ptx = {".visible .entry k()\n{\n\tmov.u64 %rd1, %globaltimer;\n}\n"};
  EXPECT_FALSE(CheckGraphSense(plan));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
