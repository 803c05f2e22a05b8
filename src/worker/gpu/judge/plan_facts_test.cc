#include "worker/gpu/judge/plan_facts.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker::gpu {
namespace {

LaunchPlan PlanOf(uint32_t shared_bytes, bool in_setup) {
  LaunchOp launch;
  launch.shared_bytes = shared_bytes;
  ShapePlan shape;
  (in_setup ? shape.setup : shape.run) = {MemsetOp(), launch};
  LaunchPlan plan;
  plan.shapes = {ShapePlan(), shape};
  return plan;
}

TEST(PlanFacts, DynamicSharedMemoryIsSeenWhereverItIs) {
  EXPECT_FALSE(UsesSharedMemory(LaunchPlan()));
  EXPECT_FALSE(UsesSharedMemory(PlanOf(0, false)));
  EXPECT_TRUE(UsesSharedMemory(PlanOf(512, false)));
  EXPECT_TRUE(UsesSharedMemory(PlanOf(512, true)));
}

TEST(PlanFacts, AnImageThatIsNoneHasNoSharedMemoryAndMayKeepAnything) {
  LaunchPlan plan = PlanOf(0, false);
  EXPECT_FALSE(KeepsState(plan));
  plan.modules = {"no image"};
  EXPECT_FALSE(UsesSharedMemory(plan));
  EXPECT_TRUE(KeepsState(plan));
}

TEST(PlanFacts, AllocationsOfAnyShapeKeepWhatIsInThem) {
  LaunchPlan plan = PlanOf(0, false);
  plan.shapes[1].allocations = {256};
  EXPECT_TRUE(KeepsState(plan));
}

TEST(PlanFacts, AWorkspaceKeepsWhatIsInIt) {
  LaunchPlan plan = PlanOf(0, false);
  plan.shapes[0].workspace_bytes = 4;
  EXPECT_TRUE(KeepsState(plan));
}

TEST(PlanFacts, VariablesAndWrittenValuesAreWithinReachOfAnyCall) {
  LaunchPlan plan = PlanOf(0, false);
  plan.shapes[0].variables = {{0, "table", 4}};
  EXPECT_TRUE(KeepsState(plan));
  plan = PlanOf(0, false);
  plan.shapes[1].run.push_back(WriteOp());
  EXPECT_TRUE(KeepsState(plan));
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
