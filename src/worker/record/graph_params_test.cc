#include "worker/record/graph_params.h"

#include <gtest/gtest.h>

#include "worker/record/cuda_graph.h"
#include "worker/record/fake_addresses.h"

namespace kernelevolve::worker {
namespace {

const uint64_t kOutput = FakeAddress({BufferRef::Kind::kOutput, 0}, 0);
void* At(uint64_t offset) { return reinterpret_cast<void*>(kOutput + offset); }

TEST(GraphParamsTest, AFillIsOfElementsInRows) {
  std::vector<RawOp> ops;
  ASSERT_EQ(ReadFill({At(4), 0, 0x12345, 2, 10, 1}, &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(ops[0].to, kOutput + 4);
  const auto& fill = std::get<MemsetOp>(ops[0].op);
  EXPECT_EQ(fill.bytes, 20u);
  EXPECT_EQ(fill.width, 2);
  EXPECT_EQ(fill.value, 0x2345u);
  ops.clear();
  ASSERT_EQ(ReadFill({At(0), 64, 1, 4, 10, 3}, &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(std::get<MemsetOp>(ops[0].op).rows, 3u);
  EXPECT_EQ(std::get<MemsetOp>(ops[0].op).pitch, 64u);
  EXPECT_FALSE(IsOneRow(ops[0]));
  ops.clear();
  ASSERT_EQ(ReadFill({At(0), 40, 1, 4, 10, 3}, &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 1u);  // rows without gaps
  EXPECT_TRUE(IsOneRow(ops[0]));
  EXPECT_EQ(std::get<MemsetOp>(ops[0].op).bytes, 120u);
}

TEST(GraphParamsTest, FillsThatAreNoneAreErrors) {
  std::vector<RawOp> ops;
  int host = 0;
  const cuda::FillNodeParams bad[] = {
      {nullptr, 0, 0, 1, 1, 1}, {&host, 0, 0, 1, 1, 1}, {At(0), 0, 0, 3, 1, 1},
      {At(0), 0, 0, 0, 1, 1},   {At(1), 0, 0, 4, 1, 1}, {At(0), 0, 0, 4, 0, 1},
      {At(0), 0, 0, 4, 1, 0},   {At(0), 2, 0, 4, 1, 2}, {At(0), 6, 0, 4, 1, 2},
      {At(0), 0, 0, 4, ~size_t{0}, 1}, {At(0), 0, 0, 4, 1 << 20, 1 << 20},
      {At(0), size_t{1} << 32, 0, 4, 1, 2}};
  for (const cuda::FillNodeParams& params : bad)
    EXPECT_EQ(ReadFill(params, &ops), cuda::kInvalidValue);
  EXPECT_TRUE(ops.empty());
}

TEST(GraphParamsTest, ACopyIsOfRowsInPlanes) {
  std::vector<RawOp> ops;
  ASSERT_EQ(ReadCopy(LinearCopy(At(64), At(0), 40), &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(ops[0].to, kOutput + 64);
  EXPECT_EQ(ops[0].from, kOutput);
  EXPECT_EQ(std::get<CopyOp>(ops[0].op).bytes, 40u);
  ops.clear();
  cuda::CopyNodeParams cube{};
  cube.from = {At(0), 8, 8, 4};
  cube.from_at = {0, 1, 1};
  cube.to = {At(4096), 16, 16, 2};
  cube.extent = {8, 2, 3};
  ASSERT_EQ(ReadCopy(cube, &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 3u);
  EXPECT_EQ(ops[0].from, kOutput + (1 + 4) * 8);
  EXPECT_EQ(ops[1].from, kOutput + (1 + 4 + 4) * 8);
  EXPECT_EQ(ops[1].to, kOutput + 4096 + 2 * 16);
  const auto& rows = std::get<CopyOp>(ops[1].op);
  EXPECT_EQ(rows.rows, 2u);
  EXPECT_EQ(rows.from_pitch, 8u);
  EXPECT_EQ(rows.to_pitch, 16u);
  ops.clear();
  cube.to = {At(4096), 8, 8, 4};
  ASSERT_EQ(ReadCopy(cube, &ops), cuda::kSuccess);
  EXPECT_EQ(ops.size(), 3u);  // rows without gaps, planes with them
}

TEST(GraphParamsTest, ACopyFromTheHostIsAWrite) {
  std::vector<RawOp> ops;
  int host[4] = {};
  ASSERT_EQ(ReadCopy(LinearCopy(At(8), host, 16), &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 1u);
  EXPECT_EQ(std::get<WriteOp>(ops[0].op).bytes.size(), 16u);
  EXPECT_EQ(ops[0].to, kOutput + 8);
  EXPECT_EQ(ops[0].from, reinterpret_cast<uint64_t>(host));
  ops.clear();
  cuda::CopyNodeParams rows = LinearCopy(At(0), host, 4);
  rows.extent.y = 2;
  rows.from.pitch = 8;
  rows.to.pitch = 64;
  ASSERT_EQ(ReadCopy(rows, &ops), cuda::kSuccess);
  ASSERT_EQ(ops.size(), 2u);
  EXPECT_EQ(ops[1].to, kOutput + 64);
  EXPECT_EQ(ops[1].from, reinterpret_cast<uint64_t>(host + 2));
  ops.clear();
  EXPECT_EQ(ReadCopy(LinearCopy(At(0), host, kMostWrittenBytes + 1), &ops),
            cuda::kNotSupported);
  EXPECT_EQ(ReadCopy(LinearCopy(At(0), nullptr, 4), &ops), cuda::kInvalidValue);
}

TEST(GraphParamsTest, CopiesThatAreNoneAreErrors) {
  std::vector<RawOp> ops;
  int host = 0;
  EXPECT_EQ(ReadCopy(LinearCopy(&host, At(0), 4), &ops), cuda::kNotSupported);
  EXPECT_EQ(ReadCopy(LinearCopy(At(8), At(0), 0), &ops), cuda::kInvalidValue);
  EXPECT_EQ(ReadCopy(LinearCopy(At(8), At(0), ~size_t{0}), &ops),
            cuda::kInvalidValue);
  cuda::CopyNodeParams params = LinearCopy(At(8), At(0), 4);
  params.from_array = &host;
  EXPECT_EQ(ReadCopy(params, &ops), cuda::kNotSupported);
  params = LinearCopy(At(8), At(0), 4);
  params.extent.y = 2;  // of no pitch
  EXPECT_EQ(ReadCopy(params, &ops), cuda::kInvalidValue);
  params.from.pitch = params.to.pitch = 8;
  params.from.height = params.to.height = 3;
  params.extent.z = CudaGraph::kMostSteps + 1;
  EXPECT_EQ(ReadCopy(params, &ops), cuda::kMemoryAllocation);
  EXPECT_TRUE(ops.empty());
}

}  // namespace
}  // namespace kernelevolve::worker
