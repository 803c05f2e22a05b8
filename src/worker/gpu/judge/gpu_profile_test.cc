#include "worker/gpu/judge/gpu_profile.h"

#include <gtest/gtest.h>

#include "worker/gpu/candidate/static_facts.h"

namespace kernelevolve::worker::gpu {
namespace {

ShapeResult Timed(const std::string& name, double time_us, double weight) {
  ShapeResult shape;
  shape.name = name;
  shape.time_us = time_us;
  shape.weight = weight;
  return shape;
}

TEST(GpuProfile, TheHeaviestShapeWeighsMostInTime) {
  EXPECT_EQ(HeaviestShape({}), nullptr);
  const std::vector<ShapeResult> shapes = {
      Timed("small", 10, 1), Timed("large", 90, 1), Timed("rare", 200, 0.1),
      Timed("untimed", 0, 9)};
  EXPECT_EQ(HeaviestShape(shapes)->name, "large");
}

TEST(GpuProfile, CountersBelongToTheirShape) {
  Task task;
  for (const char* name : {"a", "b"}) {
    ShapeCase shape;
    shape.name = name;
    task.shapes.push_back(shape);
  }
  GpuRoofs roofs;
  roofs.bytes = 3e12;
  roofs.launch_us = 2;
  GpuProfileFacts facts{task, roofs, 132, {{"a", 1000}, {"b", 8}}, {}};
  facts.counted.emplace();
  facts.counted->shape = "a";
  facts.counted->counters = {{std::string(kDramThroughput), 88, "%"}};
  const Profile profile =
      MakeGpuProfile({Timed("a", 50, 1), Timed("b", 50, 1), Timed("c", 1, 1)},
                     facts);
  ASSERT_EQ(profile.shapes.size(), 2u);
  EXPECT_EQ(profile.shapes[0].bound, BoundClass::kMemory);
  EXPECT_EQ(profile.shapes[1].bound, BoundClass::kOccupancy);
  ASSERT_TRUE(profile.device);
  EXPECT_EQ(profile.device->shape, "a");
}

TEST(GpuProfile, GridsByTheLargestLaunch) {
  ShapePlan plan;
  LaunchOp small, large;
  large.grid = {70000, 300, 2};
  plan.run = {small, large, MemsetOp{}};
  EXPECT_EQ(LargestGrid(plan), 42'000'000);
}

RecordedKernel Recorded() {
  RecordedKernel recorded;
  LaunchOp op;
  op.kernel = "k";
  op.grid = {64, 2, 1};
  op.block = {256, 1, 1};
  op.shared_bytes = 1000;
  ShapePlan plan;
  plan.run = {op, op};
  recorded.plan.shapes = {ShapePlan{}, plan};
  KernelFacts facts;
  facts.name = "k";
  facts.registers = 255;
  facts.local_bytes = 16;
  facts.shared_bytes = 24;
  recorded.facts = {facts};
  return recorded;
}

TEST(StaticFacts, DescribeEveryKernelOnceAtTheShape) {
  EXPECT_TRUE(DescribeKernels(Recorded(), 0, 90, Json()).empty());
  EXPECT_TRUE(DescribeKernels(Recorded(), 7, 90, Json()).empty());
  const auto kernels = DescribeKernels(Recorded(), 1, 90, Json());
  ASSERT_EQ(kernels.size(), 1u);
  EXPECT_EQ(kernels[0].blocks, 128);
  EXPECT_EQ(kernels[0].threads, 256);
  EXPECT_EQ(kernels[0].registers, 255);
  EXPECT_EQ(kernels[0].stack_bytes, 16);
  EXPECT_EQ(kernels[0].shared_bytes, 1024);
  EXPECT_EQ(kernels[0].occupancy, 0.125);
  EXPECT_EQ(kernels[0].limited_by, "registers");
}

TEST(StaticFacts, MergeKeepsSharesOfTime) {
  Profile profile;
  profile.device.emplace();
  profile.device->kernels = {{.name = "other", .share = 0.3},
                             {.name = "k", .share = 0.7}};
  MergeKernels(DescribeKernels(Recorded(), 1, 90, Json()), &profile);
  ASSERT_EQ(profile.device->kernels.size(), 1u);
  EXPECT_EQ(profile.device->kernels[0].share, 0.7);
  EXPECT_EQ(profile.device->kernels[0].registers, 255);
  Profile empty;
  MergeKernels({}, &empty);
  EXPECT_TRUE(empty.device);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
