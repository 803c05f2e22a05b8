// Host code that copies values which it knows to the device, and names variables.
#include "worker/record/testing/record_fixture.h"

namespace kernelevolve::worker::testing {
namespace {

// A call with its variables, and a kernel that reads them.
std::string InRun(const std::string& body) {
  return R"(
__constant__ float kTable[8];
static __device__ const float* gRows[4];
__global__ void Look(const float* table, float* y) {
  y[threadIdx.x] = table[threadIdx.x] + kTable[threadIdx.x % 8] + gRows[1][0];
}
extern "C" uint64_t ke_workspace_bytes(const ke_call*) { return 256; }
extern "C" int ke_run(const ke_call* call) {
  const auto kind = cudaMemcpyHostToDevice;
  float v[4] = {1, 2, 3, (float)N};
)" + body + "\n  return cudaGetLastError();\n}\n";
}

float FloatAt(const WriteOp& op, size_t at) {
  float value = 0;
  if (at + sizeof value <= op.bytes.size())
    std::memcpy(&value, &op.bytes[at], sizeof value);
  return value;
}

TEST_F(RecordTest, ValuesForAVariableAreWritten) {
  const ShapePlan& plan = Plan(InRun(R"(
    if (cudaMemcpyToSymbolAsync(kTable, v, sizeof v, 16, kind, S)) return 1;
    v[0] = 9;
    if (cudaMemcpyToSymbol(kTable, v, 4)) return 2;
    if (cudaMemcpyToSymbol(kTable, v, 16, 17) != cudaErrorInvalidValue) return 3;
    if (cudaMemcpyToSymbol(v, v, 4) != cudaErrorInvalidSymbol) return 4;
    cudaGetLastError();)"));
  ASSERT_EQ(plan.variables.size(), 1u);
  EXPECT_EQ(plan.variables[0].name, "kTable");
  EXPECT_EQ(plan.variables[0].bytes, 32u);
  ASSERT_EQ(plan.run.size(), 2u);
  const auto& first = std::get<WriteOp>(plan.run[0]);
  EXPECT_EQ(first.to.buffer.ToString(), "variable:0");
  EXPECT_EQ(first.to.offset, 16u);
  EXPECT_EQ(FloatAt(first, 0), 1);
  EXPECT_EQ(FloatAt(first, 12), 512);
  EXPECT_EQ(FloatAt(std::get<WriteOp>(plan.run[1]), 0), 9);
  const auto& other = std::get<WriteOp>(recorded_.plan.shapes[1].run[0]);
  EXPECT_EQ(FloatAt(other, 12), 2048);
}

TEST_F(RecordTest, ValuesForMemoryAreWrittenWithTheirAddresses) {
  const ShapePlan& plan = Plan(InRun(R"(
    float* pinned; void* scratch;
    if (cudaMallocHost(&pinned, 64) || cudaMalloc(&scratch, 64)) return 1;
    pinned[1] = 5;
    if (cudaMemcpyAsync(call->workspace, pinned, 8, kind, S)) return 2;
    const float* rows[4] = {X, X + 4, nullptr, (const float*)scratch};
    if (cudaMemcpyToSymbolAsync(gRows, rows, sizeof rows, 0, kind, S)) return 3;
    if (cudaMemcpy2DAsync(scratch, 16, v, 8, 8, 2, kind, S)) return 4;
    cudaFreeHost(pinned);)"));
  ASSERT_EQ(plan.run.size(), 4u);
  EXPECT_EQ(FloatAt(std::get<WriteOp>(plan.run[0]), 4), 5);
  const auto& rows = std::get<WriteOp>(plan.run[1]);
  ASSERT_EQ(rows.pointers.size(), 3u);
  EXPECT_EQ(rows.pointers[1].at, 8u);
  EXPECT_EQ(rows.pointers[1].place.offset, 16u);
  EXPECT_EQ(rows.pointers[2].at, 24u);
  EXPECT_EQ(rows.pointers[2].place.buffer.ToString(), "allocation:0");
  EXPECT_EQ(rows.bytes, std::vector<uint8_t>(32));
  const auto& row = std::get<WriteOp>(plan.run[3]);
  EXPECT_EQ(row.to.offset, 16u);
  EXPECT_EQ(FloatAt(row, 0), 3);
}

TEST_F(RecordTest, VariablesAreMemoryLikeOther) {
  const ShapePlan& plan = Plan(InRun(R"(
    static float* table = nullptr;  // it stays where it is
    size_t bytes = 0;
    if (!table && cudaGetSymbolAddress((void**)&table, kTable)) return 1;
    if (cudaGetSymbolSize(&bytes, kTable) || bytes != 32) return 2;
    cudaMemsetAsync(table, 0, bytes, S);
    if (cudaMemcpyToSymbolAsync(kTable, X, 8, 8, cudaMemcpyDeviceToDevice, S)) return 3;
    Look<<<1, 8, 0, S>>>(table + 1, Y);
    if (cudaMemcpyFromSymbolAsync(Y, kTable, 8, 0, cudaMemcpyDeviceToDevice, S))
      return 4;)"));
  ASSERT_EQ(plan.run.size(), 4u);
  EXPECT_EQ(std::get<MemsetOp>(plan.run[0]).to.buffer.ToString(), "variable:0");
  EXPECT_EQ(std::get<CopyOp>(plan.run[1]).to.offset, 8u);
  const auto& look = std::get<LaunchOp>(plan.run[2]);
  ASSERT_EQ(look.pointers.size(), 2u);
  EXPECT_EQ(look.pointers[0].place.buffer.ToString(), "variable:0");
  EXPECT_EQ(look.pointers[0].place.offset, 4u);
  EXPECT_EQ(std::get<CopyOp>(plan.run[3]).from.buffer.ToString(), "variable:0");
}

TEST_F(RecordTest, AGraphReadsTheHostWhenItIsLaunched) {
  const ShapePlan& plan = Plan(InRun(R"(
    cudaGraph_t graph; cudaGraphExec_t exec; cudaGraphNode_t node;
    cudaStream_t own;
    if (cudaStreamCreate(&own)) return 1;
    if (cudaStreamBeginCapture(own, cudaStreamCaptureModeGlobal)) return 2;
    if (cudaMemcpyToSymbolAsync(kTable, v, 16, 0, kind, own)) return 3;
    if (cudaStreamEndCapture(own, &graph)) return 4;
    if (cudaGraphAddMemcpyNode1D(&node, graph, nullptr, 0, call->workspace, v, 8,
                                 kind)) return 5;
    if (cudaGraphInstantiate(&exec, graph, 0)) return 6;
    v[0] = 7;
    if (cudaGraphLaunch(exec, S)) return 8;
    v[0] = 8;
    if (cudaGraphLaunch(exec, S)) return 9;)"));
  std::vector<float> firsts;
  for (const PlanOp& op : plan.run)
    if (const auto* write = std::get_if<WriteOp>(&op))
      firsts.push_back(FloatAt(*write, 0));
  EXPECT_EQ(firsts, (std::vector<float>{7, 7, 8, 8}));
}

TEST_F(RecordTest, PitchedMemoryIsAnAllocation) {
  const ShapePlan& plan = Plan(InRun(R"(
    void* rows; size_t pitch = 0;
    if (cudaMallocPitch(&rows, &pitch, 100, 70) || pitch != 512) return 1;
    if (cudaMemcpy2DAsync(rows, pitch, X, 8, 8, 70, cudaMemcpyDeviceToDevice, S))
      return 2;)"));
  EXPECT_EQ(plan.allocations, (std::vector<uint64_t>{512 * 70}));
  ASSERT_EQ(plan.run.size(), 1u);
  EXPECT_EQ(std::get<CopyOp>(plan.run[0]).rows, 70u);
}

}  // namespace
}  // namespace kernelevolve::worker::testing
