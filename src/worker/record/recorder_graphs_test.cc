// Host code that makes CUDA graphs of its own, well or badly.
#include "worker/record/testing/record_fixture.h"

namespace kernelevolve::worker::testing {
namespace {

// EXPECT: the line on which the runtime did not answer as it should.
constexpr char kGraphPrelude[] = R"(
#define EXPECT(what, error) do { if ((what) != (error)) return __LINE__; } while (0)
#define MUST(what) EXPECT(what, cudaSuccess)
#define INVALID(what) EXPECT(what, cudaErrorInvalidValue)
struct AddCall {
  const float* x; float* y; int n; float k;
  void* arguments[4];
  cudaKernelNodeParams node;
  AddCall(const float* x, float* y, int n, float k)
      : x(x), y(y), n(n), k(k), arguments{&this->x, &this->y, &this->n, &this->k},
        node{} {
    node.func = (void*)Add;
    node.gridDim = dim3((n + 127) / 128);
    node.blockDim = dim3(128);
    node.kernelParams = arguments;
  }
};
)";

std::string Graphs(const std::string& body) { return kGraphPrelude + body; }

std::string InRun(const std::string& body) {
  return Graphs("extern \"C\" int ke_run(const ke_call* call) {\n"
                "  cudaGraph_t graph; cudaGraphExec_t exec; cudaGraphNode_t node;\n"
                "  (void)graph, (void)exec, (void)node;\n#line 1\n" +
                body + "\n  return 0;\n}\n");
}

// "0:Add 1:fill 0:record 0:wait": a plan at a glance.
std::string Summary(const std::vector<PlanOp>& ops) {
  std::string text;
  for (const PlanOp& op : ops) {
    const int stream = std::visit([](const auto& one) { return one.stream; }, op);
    const auto* event = std::get_if<EventOp>(&op);
    text += std::to_string(stream) +
            (event ? event->wait ? ":wait " : ":record "
             : std::holds_alternative<LaunchOp>(op) ? ":launch "
             : std::holds_alternative<CopyOp>(op)   ? ":copy "
                                                    : ":fill ");
  }
  return text;
}

float FactorOf(const PlanOp& op) {
  float value = 0;
  const auto& parameters = std::get<LaunchOp>(op).parameters;
  std::memcpy(&value, parameters.data() + 20, sizeof value);
  return value;
}

TEST_F(RecordTest, ACapturedStreamIsLaunchedAsItsSteps) {
  const ShapePlan& plan = Plan(InRun(R"(
    cudaStreamCaptureStatus status; unsigned long long id = 0;
    MUST(cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal));
    MUST(cudaStreamIsCapturing(S, &status));
    EXPECT(status, cudaStreamCaptureStatusActive);
    MUST(cudaStreamGetCaptureInfo(S, &status, &id));
    MUST(cudaMemsetAsync(Y, 1, 64, S));
    Add<<<2, 128, 0, S>>>(X, Y, N, 3);
    MUST(cudaMemcpyAsync(Y, Y + 8, 16, cudaMemcpyDeviceToDevice, S));
    MUST(cudaStreamEndCapture(S, &graph));
    MUST(cudaStreamIsCapturing(S, &status));
    EXPECT(status, cudaStreamCaptureStatusNone);
    MUST(cudaGraphInstantiate(&exec, graph, 0));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaGraphUpload(exec, S));
    Add<<<1, 128, 0, S>>>(X, Y, N, 5);
    MUST(cudaGraphLaunch(exec, S));
    MUST(cudaGraphLaunch(exec, S));
    MUST(cudaGraphExecDestroy(exec));)"));
  EXPECT_EQ(Summary(plan.run), "0:launch 0:fill 0:launch 0:copy "
                               "0:fill 0:launch 0:copy ");
  EXPECT_EQ(FactorOf(plan.run[0]), 5);
  EXPECT_EQ(FactorOf(plan.run[2]), 3);
  const auto& pointers = std::get<LaunchOp>(plan.run[2]).pointers;
  ASSERT_EQ(pointers.size(), 2u);
  EXPECT_EQ(pointers[0].place.buffer.ToString(), "input:0");
}

constexpr char kForked[] = R"(
    cudaStream_t own, side;
    cudaEvent_t fork, join;
    MUST(cudaStreamCreate(&own)); MUST(cudaStreamCreate(&side));
    MUST(cudaEventCreate(&fork)); MUST(cudaEventCreate(&join));
    MUST(cudaStreamBeginCapture(own, cudaStreamCaptureModeThreadLocal));
    MUST(cudaEventRecord(fork, own));
    MUST(cudaStreamWaitEvent(side, fork, 0));
    Add<<<1, 128, 0, side>>>(X, Y, N, 1);
    Add<<<1, 128, 0, own>>>(X, Y + 128, N, 2);
    MUST(cudaEventRecord(join, side));
    MUST(cudaStreamWaitEvent(own, join, 0));
    Add<<<1, 128, 0, own>>>(X, Y, N, 3);
    MUST(cudaStreamEndCapture(own, &graph));
    MUST(cudaGraphInstantiateWithFlags(&exec, graph, 0));
    MUST(cudaGraphLaunch(exec, S));)";

TEST_F(RecordTest, ACaptureOfTwoStreamsStaysOneOfTwo) {
  const ShapePlan& plan = Plan(InRun(kForked));
  EXPECT_EQ(Summary(plan.run), "0:record 0:launch 1:wait 1:launch 1:record "
                               "0:wait 0:launch ");
}

TEST_F(RecordTest, AGraphByHandFollowsItsEdges) {
  const ShapePlan& plan = Plan(InRun(R"(
    AddCall one(X, Y, N, 1), two(X, Y, N, 2);
    cudaMemsetParams fill = {};
    fill.dst = Y; fill.value = 7; fill.elementSize = 4; fill.width = 16; fill.height = 1;
    cudaGraphNode_t nodes[5], listed[8];
    size_t count = 8;
    MUST(cudaGraphCreate(&graph, 0));
    MUST(cudaGraphAddKernelNode(&nodes[0], graph, nullptr, 0, &two.node));
    MUST(cudaGraphAddKernelNode(&nodes[1], graph, nullptr, 0, &one.node));
    MUST(cudaGraphAddMemsetNode(&nodes[2], graph, &nodes[1], 1, &fill));
    MUST(cudaGraphAddEmptyNode(&nodes[3], graph, &nodes[2], 1));
    MUST(cudaGraphAddDependencies(graph, &nodes[3], &nodes[0], nullptr, 1));
    MUST(cudaGraphAddMemcpyNode1D(&nodes[4], graph, &nodes[0], 1, Y + 64, Y, 32,
                                  cudaMemcpyDeviceToDevice));
    MUST(cudaGraphGetNodes(graph, listed, &count));
    EXPECT(count, 5); EXPECT(listed[4], nodes[4]); EXPECT(listed[5], nullptr);
    MUST(cudaGraphInstantiate(&exec, graph, nullptr, nullptr, 0));
    MUST(cudaGraphLaunch(exec, S));)"));
  EXPECT_EQ(Summary(plan.run), "0:launch 0:fill 0:launch 0:copy ");
  EXPECT_EQ(FactorOf(plan.run[0]), 1);
  EXPECT_EQ(FactorOf(plan.run[2]), 2);
  const auto& fill = std::get<MemsetOp>(plan.run[1]);
  EXPECT_EQ(fill.width, 4);
  EXPECT_EQ(fill.bytes, 64u);
  EXPECT_EQ(fill.value, 7u);
  EXPECT_EQ(std::get<CopyOp>(plan.run[3]).to.offset, 256u);
}

TEST_F(RecordTest, ChildrenNodesOfAnyTypeAndGraphsInCapturedStreams) {
  const ShapePlan& plan = Plan(InRun(R"(
    AddCall one(X, Y, N, 1);
    cudaGraph_t child; cudaGraphNode_t first;
    cudaGraphNodeParams any = {};
    any.type = cudaGraphNodeTypeKernel;
    any.kernel.func = one.node.func;
    any.kernel.gridDim = any.kernel.blockDim = dim3(32);
    any.kernel.kernelParams = one.arguments;
    MUST(cudaGraphCreate(&child, 0));
    MUST(cudaGraphAddNode(&node, child, nullptr, nullptr, 0, &any));
    MUST(cudaGraphCreate(&graph, 0));
    MUST(cudaGraphAddChildGraphNode(&first, graph, nullptr, 0, child));
    MUST(cudaGraphDestroy(child));
    any.type = cudaGraphNodeTypeMemset;
    any.memset = {Y, 0, 1, 1, 8, 1};
    MUST(cudaGraphAddNode(&node, graph, &first, nullptr, 1, &any));
    MUST(cudaGraphClone(&child, graph));
    cudaGraphInstantiateParams params = {};
    MUST(cudaGraphInstantiateWithParams(&exec, child, &params));
    MUST(cudaStreamBeginCapture(S, cudaStreamCaptureModeRelaxed));
    MUST(cudaGraphLaunch(exec, S));
    Add<<<1, 128, 0, S>>>(X, Y, N, 3);
    MUST(cudaStreamEndCapture(S, &graph));
    MUST(cudaGraphInstantiate(&exec, graph, 0));
    MUST(cudaGraphLaunch(exec, S));)"));
  EXPECT_EQ(Summary(plan.run), "0:launch 0:fill 0:launch ");
  EXPECT_EQ(FactorOf(plan.run[2]), 3);
}

TEST_F(RecordTest, AGraphMadeInSetupIsLaunchedAtEveryCall) {
  const ShapePlan& plan = Plan(Graphs(R"(
struct State { cudaGraphExec_t exec; float* packed; };
extern "C" int ke_setup(const ke_call* call, void** state) {
  State* made = new State;
  *state = made;
  MUST(cudaMalloc(&made->packed, 4096));
  AddCall pack((const float*)call->inputs[1].data, made->packed, 128, 0);
  cudaGraph_t graph; cudaGraphNode_t node;
  MUST(cudaGraphCreate(&graph, 0));
  MUST(cudaGraphAddKernelNode(&node, graph, nullptr, 0, &pack.node));
  MUST(cudaGraphInstantiate(&made->exec, graph, 0));
  MUST(cudaGraphDestroy(graph));
  MUST(cudaGraphLaunch(made->exec, S));
  return cudaStreamSynchronize(S);
}
extern "C" int ke_run(const ke_call* call) {
  State* made = (State*)call->state;
  MUST(cudaGraphLaunch(made->exec, S));
  Add<<<1, 32, 0, S>>>(made->packed, Y, 32, 0);
  return cudaGetLastError();
}
extern "C" void ke_teardown(void* state) {
  cudaGraphExecDestroy(((State*)state)->exec);
  delete (State*)state;
}
)"));
  EXPECT_EQ(Summary(plan.setup), "0:launch ");
  EXPECT_EQ(Summary(plan.run), "0:launch 0:launch ");
  EXPECT_EQ(std::get<LaunchOp>(plan.run[0]).pointers[1].place.buffer.ToString(),
            "allocation:0");
}

// Made once, as the body says, and told of every call's tensors.
std::string Kept(const std::string& make, const std::string& renew) {
  return Graphs("static cudaGraph_t graph; static cudaGraphExec_t exec;\n"
                "static cudaGraphNode_t node;\n"
                "extern \"C\" int ke_run(const ke_call* call) {\n"
                "  AddCall one(X, Y, N, 2);\n"
                "  if (!exec) {\n" + make + "  } else {\n" + renew + "  }\n"
                "  MUST(cudaGraphLaunch(exec, S));\n  return 0;\n}\n");
}

constexpr char kMakeOnce[] = R"(
    MUST(cudaGraphCreate(&graph, 0));
    MUST(cudaGraphAddKernelNode(&node, graph, nullptr, 0, &one.node));
    MUST(cudaGraphInstantiate(&exec, graph, 0));)";

TEST_F(RecordTest, AGraphKeptFromCallToCallIsTheirsIfItIsRenewed) {
  for (const char* renew :
       {"MUST(cudaGraphExecKernelNodeSetParams(exec, node, &one.node));",
        "MUST(cudaGraphKernelNodeSetParams(node, &one.node));\n"
        "cudaGraphExecUpdateResultInfo info;\n"
        "MUST(cudaGraphExecUpdate(exec, graph, &info));"}) {
    const ShapePlan& plan = Plan(Kept(kMakeOnce, renew));
    EXPECT_EQ(Summary(plan.run), "0:launch ");
    EXPECT_EQ(std::get<LaunchOp>(plan.run[0]).pointers.size(), 2u);
  }
  const Failure stale = Refusal(Kept(kMakeOnce, ""));
  EXPECT_EQ(stale.code, Code::kContract);
  EXPECT_NE(stale.message.find("that an earlier call had"), std::string::npos)
      << stale.message;
}

// What a host program may get wrong, and still be told so by an error alone.
constexpr char kMistakes[] = R"(
    AddCall one(X, Y, N, 1);
    cudaGraph_t other; cudaGraphNode_t foreign, nodes[2];
    cudaKernelNodeParams bare = one.node;
    bare.kernelParams = nullptr;
    size_t count;
    INVALID(cudaGraphCreate(nullptr, 0));
    INVALID(cudaGraphCreate(&graph, 1));
    INVALID(cudaGraphDestroy(nullptr));
    INVALID(cudaGraphExecDestroy(nullptr));
    INVALID(cudaGraphInstantiate(&exec, nullptr, 0));
    INVALID(cudaGraphLaunch(nullptr, S));
    INVALID(cudaGraphLaunch((cudaGraphExec_t)S, S));
    MUST(cudaGraphCreate(&graph, 0)); MUST(cudaGraphCreate(&other, 0));
    INVALID(cudaGraphAddEmptyNode(nullptr, graph, nullptr, 0));
    INVALID(cudaGraphAddEmptyNode(&node, nullptr, nullptr, 0));
    INVALID(cudaGraphAddEmptyNode(&node, graph, nullptr, 1));
    INVALID(cudaGraphAddKernelNode(&node, graph, nullptr, 0, nullptr));
    INVALID(cudaGraphAddKernelNode(&node, graph, nullptr, 0, &bare));
    INVALID(cudaGraphAddMemsetNode(&node, graph, nullptr, 0, nullptr));
    INVALID(cudaGraphAddMemcpyNode(&node, graph, nullptr, 0, nullptr));
    INVALID(cudaGraphAddNode(&node, graph, nullptr, nullptr, 0, nullptr));
    INVALID(cudaGraphAddChildGraphNode(&node, graph, nullptr, 0, graph));
    INVALID(cudaGraphAddChildGraphNode(&node, graph, nullptr, 0, nullptr));
    MUST(cudaGraphAddKernelNode(&foreign, other, nullptr, 0, &one.node));
    INVALID(cudaGraphAddEmptyNode(&node, graph, &foreign, 1));
    MUST(cudaGraphAddKernelNode(&nodes[0], graph, nullptr, 0, &one.node));
    MUST(cudaGraphAddEmptyNode(&nodes[1], graph, nullptr, 0));
    INVALID(cudaGraphAddEmptyNode(&node, graph, nodes, 1ull << 60));
    INVALID(cudaGraphAddDependencies(graph, &foreign, nodes, nullptr, 1));
    INVALID(cudaGraphAddDependencies(graph, nodes, nodes, nullptr, 1));
    INVALID(cudaGraphAddDependencies(graph, nullptr, nodes, nullptr, 1));
    INVALID(cudaGraphGetNodes(graph, nullptr, nullptr));
    MUST(cudaGraphGetNodes(graph, nullptr, &count)); EXPECT(count, 2);
    INVALID(cudaGraphInstantiate(nullptr, graph, 0));
    INVALID(cudaGraphInstantiate(&exec, graph, 1 << 9));
    INVALID(cudaGraphInstantiateWithParams(&exec, graph, nullptr));
    MUST(cudaGraphInstantiate(&exec, graph, 0));
    INVALID(cudaGraphExecKernelNodeSetParams(exec, foreign, &one.node));
    INVALID(cudaGraphExecKernelNodeSetParams(exec, nullptr, &one.node));
    INVALID(cudaGraphExecKernelNodeSetParams(exec, nodes[1], &one.node));
    INVALID(cudaGraphKernelNodeSetParams(nodes[1], &one.node));
    cudaGraphExecUpdateResultInfo info;
    EXPECT(cudaGraphExecUpdate(exec, other, &info), cudaErrorGraphExecUpdateFailure);
    EXPECT(info.result, cudaGraphExecUpdateErrorTopologyChanged);
    MUST(cudaGraphAddDependencies(graph, nodes, nodes + 1, nullptr, 1));
    MUST(cudaGraphAddDependencies(graph, nodes + 1, nodes, nullptr, 1));
    cudaGraphExec_t none;
    INVALID(cudaGraphInstantiate(&none, graph, 0));
    INVALID(cudaGraphAddChildGraphNode(&node, other, nullptr, 0, graph));
    MUST(cudaGraphLaunch(exec, S));
    MUST(cudaGraphExecDestroy(exec));
    INVALID(cudaGraphLaunch(exec, S));
    INVALID(cudaGraphExecDestroy(exec));
    MUST(cudaGraphDestroy(graph));
    INVALID(cudaGraphDestroy(graph));
    INVALID(cudaGraphAddEmptyNode(&node, graph, nullptr, 0));
    INVALID(cudaGraphKernelNodeSetParams(nodes[0], &one.node));)";

TEST_F(RecordTest, MistakesWithGraphsAreTheRuntimesErrors) {
  // An empty node stands beside the launch.
  EXPECT_EQ(Summary(Plan(InRun(kMistakes)).run),
            "0:record 0:launch 1:wait 1:record 0:wait ");
}

constexpr char kCaptureMistakes[] = R"(
    cudaStream_t side;
    cudaEvent_t outside, event;
    cudaStreamCaptureStatus status;
    MUST(cudaStreamCreate(&side));
    MUST(cudaEventCreate(&outside)); MUST(cudaEventCreate(&event));
    EXPECT(cudaStreamEndCapture(S, &graph), cudaErrorIllegalState);
    EXPECT(graph, nullptr);
    INVALID(cudaStreamEndCapture(S, nullptr));
    INVALID(cudaStreamIsCapturing(S, nullptr));
    EXPECT(cudaStreamBeginCapture(0, cudaStreamCaptureModeGlobal),
           cudaErrorStreamCaptureUnsupported);
    INVALID(cudaStreamBeginCapture(S, (cudaStreamCaptureMode)5));
    // What was recorded outside is out of reach.
    MUST(cudaEventRecord(outside, S));
    MUST(cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal));
    EXPECT(cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal), cudaErrorIllegalState);
    EXPECT(cudaStreamIsCapturing(0, &status), cudaErrorStreamCaptureImplicit);
    EXPECT(cudaStreamWaitEvent(S, outside, 0), cudaErrorStreamCaptureIsolation);
    Add<<<1, 128, 0, S>>>(X, Y, N, 1);
    EXPECT(cudaGetLastError(), cudaErrorStreamCaptureInvalidated);
    MUST(cudaStreamIsCapturing(S, &status));
    EXPECT(status, cudaStreamCaptureStatusInvalidated);
    EXPECT(cudaStreamEndCapture(S, &graph), cudaErrorStreamCaptureInvalidated);
    EXPECT(graph, nullptr);
    // A fork that is not joined; another stream may not end it.
    MUST(cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal));
    MUST(cudaEventRecord(event, S));
    MUST(cudaStreamWaitEvent(side, event, 0));
    MUST(cudaMemsetAsync(Y, 0, 4, side));
    EXPECT(cudaStreamEndCapture(side, &graph), cudaErrorStreamCaptureUnmatched);
    EXPECT(cudaStreamEndCapture(S, &graph), cudaErrorStreamCaptureUnjoined);
    EXPECT(cudaStreamWaitEvent(S, event, 0), cudaErrorCapturedEvent);
    // Calls that a capture forbids.
    void* memory;
    MUST(cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal));
    EXPECT(cudaMalloc(&memory, 64), cudaErrorStreamCaptureUnsupported);
    EXPECT(cudaStreamEndCapture(S, &graph), cudaErrorStreamCaptureInvalidated);
    MUST(cudaStreamBeginCapture(S, cudaStreamCaptureModeRelaxed));
    EXPECT(cudaMemset(Y, 0, 64), cudaErrorStreamCaptureImplicit);
    EXPECT(cudaStreamEndCapture(S, &graph), cudaErrorStreamCaptureInvalidated);
    // A stream takes its capture with it.
    MUST(cudaStreamBeginCapture(side, cudaStreamCaptureModeGlobal));
    MUST(cudaStreamDestroy(side));
    EXPECT(cudaStreamEndCapture(side, &graph), cudaErrorIllegalState);
    Add<<<1, 128, 0, S>>>(X, Y, N, 1);)";

TEST_F(RecordTest, MistakesWithCapturesAreTheRuntimesErrors) {
  EXPECT_EQ(Summary(Plan(InRun(kCaptureMistakes)).run), "0:record 0:launch ");
}

TEST_F(RecordTest, GraphsThatNoPlanHoldsAreNamed) {
  const struct {
    const char* body;
    Code code;
    const char* words;
  } kCases[] = {
      {"cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal);",
       Code::kRunFailed, "began to capture a stream and did not end it"},
      {"cudaGraphCreate(&graph, 0); float v;\n"
       "cudaGraphAddMemcpyNode1D(&node, graph, nullptr, 0, &v, X, 4, "
       "cudaMemcpyDeviceToHost);",
       Code::kContract, "cannot hold a graph's copy to the host"},
      {"cudaGraphCreate(&graph, 0); cudaGraphNodeParams any = {};\n"
       "any.type = cudaGraphNodeTypeConditional;\n"
       "cudaGraphAddNode(&node, graph, nullptr, nullptr, 0, &any);",
       Code::kContract, "cannot hold cudaGraphAddNode of type conditional"},
      {"cudaGraphCreate(&graph, 0); cudaGraphInstantiate(&exec, graph, "
       "cudaGraphInstantiateFlagDeviceLaunch);",
       Code::kContract, "cannot hold a graph that the device launches"},
      {"cudaGraphAddHostNode(&node, nullptr, nullptr, 0, nullptr);",
       Code::kContract, "cannot hold cudaGraphAddHostNode"},
      {"void* m; cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal);\n"
       "cudaMallocAsync(&m, 64, S);",
       Code::kContract, "cannot hold cudaMallocAsync on a captured stream"},
      {"AddCall one(X, Y, N, 1); one.node.blockDim = dim3(2048);\n"
       "cudaGraphCreate(&graph, 0);\n"
       "cudaGraphAddKernelNode(&node, graph, nullptr, 0, &one.node);",
       Code::kLaunchFail, "a block of 2048 x 1 x 1"},
      {"cudaStreamBeginCapture(S, cudaStreamCaptureModeGlobal);\n"
       "for (;;) if (cudaMemsetAsync(Y, 0, 4, S)) return 1;",
       Code::kResource, "a graph of more than 4096"}};
  for (const auto& [body, code, words] : kCases) {
    const Failure failure = Refusal(InRun(body));
    EXPECT_EQ(CodeName(failure.code), CodeName(code)) << failure.message;
    EXPECT_NE(failure.message.find(words), std::string::npos) << failure.message;
  }
}

}  // namespace
}  // namespace kernelevolve::worker::testing
