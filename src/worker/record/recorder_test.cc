// CUDA kernels, compiled by nvcc, whose host code becomes a plan.
#include "worker/record/recorder.h"

#include "worker/record/testing/record_fixture.h"

namespace kernelevolve::worker::testing {
namespace {

template <typename T>
T ParameterAt(const LaunchOp& op, size_t at) {
  T value{};
  if (at + sizeof value <= op.parameters.size())
    std::memcpy(&value, &op.parameters[at], sizeof value);
  return value;
}

std::string Places(const LaunchOp& op) {
  std::string text;
  for (const PlanPointer& pointer : op.pointers)
    text += std::to_string(pointer.at) + "=" + pointer.place.buffer.ToString() +
            "+" + std::to_string(pointer.place.offset) + " ";
  return text;
}

TEST_F(RecordTest, APlainLaunchAtTwoShapes) {
  const ShapePlan& plan = Plan(kPlain);
  ASSERT_EQ(plan.run.size(), 1u);
  const auto& op = std::get<LaunchOp>(plan.run[0]);
  EXPECT_EQ(op.kernel, "_Z3AddPKfPfif");
  EXPECT_EQ(op.grid, (Extent3{4, 1, 1}));
  EXPECT_EQ(op.block, (Extent3{128, 1, 1}));
  EXPECT_EQ(op.offsets, (std::vector<uint32_t>{0, 8, 16, 20}));
  EXPECT_EQ(Places(op), "0=input:0+0 8=output:0+16 ");
  EXPECT_EQ(ParameterAt<uint64_t>(op, 0), 0u);
  EXPECT_EQ(ParameterAt<int>(op, 16), 512);
  EXPECT_EQ(ParameterAt<float>(op, 20), 1.5f);
  const auto& other = std::get<LaunchOp>(recorded_.plan.shapes[1].run[0]);
  EXPECT_EQ(other.grid, (Extent3{16, 1, 1}));
  ASSERT_EQ(recorded_.plan.modules.size(), 1u);
  ASSERT_EQ(recorded_.facts.size(), 1u);
  EXPECT_GT(recorded_.facts[0].registers, 0);
  EXPECT_GT(recorded_.facts[0].code_bytes, 0u);
}

TEST_F(RecordTest, SeveralKernelsTemplatesStructsFillsAndCopies) {
  const ShapePlan& plan = Plan(kSeveral);
  ASSERT_EQ(plan.run.size(), 4u);
  const auto& fill = std::get<MemsetOp>(plan.run[0]);
  EXPECT_EQ(fill.to.buffer.ToString(), "output:0");
  EXPECT_EQ(fill.bytes, 2048u);
  const auto& first = std::get<LaunchOp>(plan.run[1]);
  EXPECT_EQ(first.grid, (Extent3{2, 3, 1}));
  EXPECT_EQ(Places(first), "0=input:0+0 16=output:0+0 ");
  EXPECT_EQ(first.offsets, (std::vector<uint32_t>{0, 32}));
  const auto& second = std::get<LaunchOp>(plan.run[2]);
  EXPECT_EQ(ParameterAt<double>(second, 32), 3.0);
  const auto& copy = std::get<CopyOp>(plan.run[3]);
  EXPECT_EQ(copy.from.offset, 32u);
  EXPECT_EQ(copy.to.offset, 0u);
  EXPECT_EQ(copy.bytes, 16u);
}

TEST_F(RecordTest, SetupPacksAConstantAndWorkspaceIsAsked) {
  const ShapePlan& plan = Plan(kPacked);
  EXPECT_EQ(plan.workspace_bytes, 1000u);
  EXPECT_EQ(plan.allocations, (std::vector<uint64_t>{4096}));
  ASSERT_EQ(plan.setup.size(), 1u);
  EXPECT_EQ(Places(std::get<LaunchOp>(plan.setup[0])),
            "0=input:1+0 8=allocation:0+0 ");
  ASSERT_EQ(plan.run.size(), 2u);
  EXPECT_EQ(Places(std::get<LaunchOp>(plan.run[0])),
            "0=allocation:0+0 8=workspace+8 ");
}

TEST_F(RecordTest, SideStreamsAreJoinedByEvents) {
  const ShapePlan& plan = Plan(kStreams);
  ASSERT_EQ(plan.run.size(), 6u);
  EXPECT_EQ(std::get<LaunchOp>(plan.run[2]).stream, 1);
  EXPECT_TRUE(std::get<EventOp>(plan.run[5]).wait);
  EXPECT_EQ(std::get<EventOp>(plan.run[5]).stream, 0);
  const Failure loose = Refusal(kStreams, {"NO_JOIN=1"});
  EXPECT_EQ(loose.code, Code::kAsyncEscape);
  EXPECT_NE(loose.message.find("does not wait"), std::string::npos);
}

TEST_F(RecordTest, DynamicSharedMemoryBeyondTheUsual) {
  const ShapePlan& plan = Plan(kShared);
  ASSERT_EQ(plan.run.size(), 1u);
  const auto& op = std::get<LaunchOp>(plan.run[0]);
  EXPECT_EQ(op.shared_bytes, 100000u);
  EXPECT_EQ(op.grid[0], 2u);  // blocks that fit, as the device would say
  const Failure refused = Refusal(kShared, {"NO_OPT_IN=1"});
  EXPECT_EQ(refused.code, Code::kRunFailed);
  EXPECT_NE(refused.message.find("100000 bytes of dynamic"), std::string::npos)
      << refused.message;
}

TEST_F(RecordTest, ClustersAndCooperation) {
  const ShapePlan& plan = Plan(kCluster);
  ASSERT_EQ(plan.run.size(), 1u);
  const auto& op = std::get<LaunchOp>(plan.run[0]);
  EXPECT_EQ(op.cluster, (Extent3{4, 1, 1}));
  EXPECT_TRUE(op.cooperative);
}

TEST_F(RecordTest, LaunchesThatMayOverlap) {
  const ShapePlan& plan = Plan(kProgrammatic);
  ASSERT_EQ(plan.run.size(), 3u);
  EXPECT_FALSE(std::get<LaunchOp>(plan.run[0]).programmatic);
  EXPECT_TRUE(std::get<LaunchOp>(plan.run[1]).programmatic);
  EXPECT_FALSE(std::get<LaunchOp>(plan.run[2]).programmatic);
}

TEST_F(RecordTest, RowsAreOneStep) {
  const ShapePlan& plan = Plan(kRows);
  ASSERT_EQ(plan.run.size(), 3u);
  const auto& gaps = std::get<CopyOp>(plan.run[0]);
  EXPECT_EQ(gaps.bytes, 8u);
  EXPECT_EQ(gaps.rows, 2u);
  EXPECT_EQ(gaps.to_pitch, 16u);
  EXPECT_EQ(gaps.from_pitch, 12u);
  EXPECT_EQ(std::get<CopyOp>(plan.run[1]).bytes, 400u);
  EXPECT_EQ(std::get<CopyOp>(plan.run[1]).rows, 1u);
  const auto& fill = std::get<MemsetOp>(plan.run[2]);
  EXPECT_EQ(fill.bytes, 4u);
  EXPECT_EQ(fill.rows, 100u);
  EXPECT_EQ(fill.pitch, 16u);
  EXPECT_EQ(fill.value, 0xffu);
}

TEST_F(RecordTest, TensorMaps) {
  const ShapePlan& plan = Plan(kTensorMap);
  ASSERT_EQ(plan.run.size(), 1u);
  const auto& op = std::get<LaunchOp>(plan.run[0]);
  ASSERT_EQ(op.maps.size(), 1u);
  EXPECT_EQ(op.maps[0].at, op.offsets[1]);
  EXPECT_EQ(ParameterAt<uint64_t>(op, op.maps[0].at), 0u);
  ASSERT_EQ(plan.tensor_maps.size(), 1u);
  const TensorMap& map = plan.tensor_maps[0];
  EXPECT_EQ(map.base.buffer.ToString(), "input:0");
  EXPECT_EQ(map.base.offset, 256u);
  EXPECT_EQ(map.dims, (std::vector<uint64_t>{64, 32}));
  EXPECT_EQ(map.strides, (std::vector<uint64_t>{256}));
  EXPECT_EQ(map.box, (std::vector<uint32_t>{32, 8}));
  EXPECT_EQ(map.swizzle, 3);
}

TEST_F(RecordTest, MemoryAllocatedAtEveryCall) {
  const ShapePlan& plan = Plan(kAllocates);
  EXPECT_EQ(plan.allocations, (std::vector<uint64_t>{512}));
  ASSERT_EQ(plan.run.size(), 2u);
  EXPECT_EQ(Places(std::get<LaunchOp>(plan.run[1])),
            "0=allocation:0+0 8=output:0+0 ");
}

TEST_F(RecordTest, WhatFitsOnTheDeviceIsAnswered) {
  const ShapePlan& plan = Plan(R"(
extern "C" int ke_run(const ke_call* call) {
  int most = 0, size = 0, clusters = 0;
  size_t shared = 0;
  cudaDeviceGetAttribute(&most, cudaDevAttrMaxBlocksPerMultiprocessor, 0);
  cudaLaunchAttribute two;
  two.id = cudaLaunchAttributeClusterDimension;
  two.val.clusterDim.x = 2, two.val.clusterDim.y = two.val.clusterDim.z = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(132), config.blockDim = dim3(1024);
  config.attrs = &two, config.numAttrs = 1;
  if (cudaOccupancyMaxPotentialClusterSize(&size, Add, &config)) return 1;
  if (cudaOccupancyMaxActiveClusters(&clusters, Add, &config)) return 2;
  if (cudaOccupancyAvailableDynamicSMemPerBlock(&shared, Add, 2, 128)) return 3;
  Add<<<most, size, 0, S>>>(X, Y, clusters, (float)shared);
  return cudaGetLastError();
})");
  ASSERT_EQ(plan.run.size(), 1u);
  const auto& op = std::get<LaunchOp>(plan.run[0]);
  EXPECT_EQ(op.grid[0], 32u);
  EXPECT_EQ(op.block[0], 8u);
  EXPECT_EQ(ParameterAt<int>(op, 16), 132);  // two blocks on each
  EXPECT_EQ(ParameterAt<float>(op, 20), 115712);  // half of 228 KiB less 1 KiB
}

TEST_F(RecordTest, TheDeviceIsTheOneThatWasDescribed) {
  const ShapePlan& plan = Plan(kAsks);
  ASSERT_EQ(plan.run.size(), 1u);
  EXPECT_EQ(std::get<LaunchOp>(plan.run[0]).grid[0], 132u);
  EXPECT_NE(recorded_.log.find("A device 9.0 132 132 232448 1"),
            std::string::npos) << recorded_.log;
}

}  // namespace
}  // namespace kernelevolve::worker::testing
