// CUDA kernels that keep something by the addresses of a call.
#include "worker/record/testing/record_fixture.h"

namespace kernelevolve::worker::testing {
namespace {

// Packs the constant once for each address and size of it.
constexpr char kPacksOnce[] = R"(
#include <map>
#include <utility>
static std::map<std::pair<void*, int64_t>, float*> packed;
extern "C" int ke_setup(const ke_call* call, void** state) {
  const auto key = std::make_pair(call->inputs[1].data, call->inputs[1].shape[0]);
  float*& kept = packed[key];
  if (!kept) {
    cudaMalloc(&kept, 4096);
    Add<<<1, 32, 0, S>>>((const float*)key.first, kept, 32, 0);
  }
  *state = kept;
  return cudaGetLastError();
}
extern "C" int ke_run(const ke_call* call) {
  Add<<<1, 32, 0, S>>>((const float*)call->state, Y, 32, 0);
  return cudaGetLastError();
}
)";

TEST_F(RecordTest, WhatIsPackedOncePerAddressIsRefused) {
  const Failure failure = Refusal(kPacksOnce);
  EXPECT_EQ(failure.code, Code::kContract);
  EXPECT_NE(failure.message.find("0 in ke_setup where there were 1"),
            std::string::npos) << failure.message;
}

TEST_F(RecordTest, AWorkThatIsLeftOutAtAKnownAddressIsRefused) {
  const Failure failure = Refusal(R"(
static const void* last;
extern "C" int ke_run(const ke_call* call) {
  const int n = last == (const void*)X ? 0 : N;
  last = X;
  Add<<<1, 32, 0, S>>>(X, Y, n, 1);
  return cudaGetLastError();
}
)");
  EXPECT_EQ(failure.code, Code::kContract);
  EXPECT_NE(failure.message.find("step 0 in ke_run, Add"), std::string::npos)
      << failure.message;
}

TEST_F(RecordTest, AGraphKeptByAddressDoesTheSameSteps) {
  const ShapePlan& plan = Plan(R"(
#include <map>
struct Kept { cudaGraphExec_t exec; float* scratch; };
static std::map<std::pair<const void*, int>, Kept> kept;
static cudaStream_t side;
static cudaEvent_t fork, join;
static int Capture(const ke_call* call, Kept* made) {
  if (!side && (cudaStreamCreate(&side) || cudaEventCreate(&fork) ||
                cudaEventCreate(&join)))
    return 1;
  if (cudaMalloc(&made->scratch, 512)) return 2;
  cudaStreamBeginCapture(side, cudaStreamCaptureModeGlobal);
  Add<<<1, 32, 0, side>>>(X, made->scratch, 32, 1);
  Add<<<1, 32, 0, side>>>(made->scratch, Y, 32, 1);
  cudaGraph_t graph;
  if (cudaStreamEndCapture(side, &graph)) return 3;
  return cudaGraphInstantiate(&made->exec, graph, 0);
}
extern "C" int ke_run(const ke_call* call) {
  const auto found = kept.try_emplace({X, N});
  if (found.second)
    if (const int error = Capture(call, &found.first->second)) return error;
  cudaEventRecord(fork, S);
  cudaStreamWaitEvent(side, fork, 0);
  cudaGraphLaunch(found.first->second.exec, side);
  cudaEventRecord(join, side);
  cudaStreamWaitEvent(S, join, 0);
  return cudaGetLastError();
}
)");
  EXPECT_EQ(plan.run.size(), 6u);
}

TEST_F(RecordTest, ATensorMapKeptByAddressDoesTheSameSteps) {
  std::string kernel = kTensorMap;
  const std::string_view call = "  if (encode(&map,";
  const size_t at = kernel.find(call);
  ASSERT_NE(at, std::string::npos);
  kernel.replace(at, call.size(), "  static CUtensorMap maps[2];\n"
                 "  static const float* keys[2];\n"
                 "  static int count;\n"
                 "  if (count && keys[count - 1] == X) map = maps[count - 1];\n"
                 "  else if (encode(&map,");
  const std::string_view launch = "  Use<<<";
  kernel.insert(kernel.find(launch), "  if (!count || keys[count - 1] != X) "
                "count = count % 2 + 1, keys[count - 1] = X, maps[count - 1] = map;\n");
  EXPECT_EQ(Plan(kernel).run.size(), 1u);
}

}  // namespace
}  // namespace kernelevolve::worker::testing
