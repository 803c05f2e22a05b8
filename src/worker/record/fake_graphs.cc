// How FakeCuda takes down what is captured, and the launch of a graph.
#include "base/format.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/graph_lanes.h"
#include "worker/record/graph_params.h"

namespace kernelevolve::worker {
namespace {

int KindOf(const PlanOp& op) {
  if (std::holds_alternative<LaunchOp>(op)) return cuda::kKernelNode;
  return std::holds_alternative<CopyOp>(op) ? cuda::kCopyNode : cuda::kFillNode;
}

}  // namespace

int FakeCuda::ReturnOfGraph(int error) {
  if (error == cuda::kMemoryAllocation)
    tape.Refuse(Code::kResource,
                format("a graph of more than {} launches, copies and fills",
                       CudaGraph::kMostSteps));
  return Return(error);
}

int FakeCuda::Put(cuda::Stream stream, RawOp op, std::string_view call) {
  if (captures.Captures(stream)) {
    const int kind = KindOf(op.op);
    return Capture(stream, {.kind = kind, .ops = {std::move(op)}});
  }
  const auto number = Stream(stream, call);
  if (!number) return Return(cuda::kInvalidResourceHandle);
  std::visit([&](auto& one) { one.stream = *number; }, op.op);
  tape.Append(std::move(op));
  return cuda::kSuccess;
}

int FakeCuda::Capture(cuda::Stream stream, GraphNode node) {
  node.handle = graphs.NewNode();
  return ReturnOfGraph(captures.Add(stream, std::move(node)));
}

int FakeCuda::BeginCapture(cuda::Stream stream, int mode) {
  // The legacy stream waits for others in ways that no graph holds.
  constexpr uintptr_t kLegacy = 1;
  if (reinterpret_cast<uintptr_t>(stream) <= kLegacy)
    return Return(cuda::kCaptureUnsupported);
  // What is no stream has no number, and is refused for it.
  if (!streams.HasStream(stream) && !Stream(stream, "cudaStreamBeginCapture"))
    return Return(cuda::kInvalidResourceHandle);
  return Return(captures.Begin(stream, mode));
}

int FakeCuda::MakeNode(const cuda::KernelNodeParams* params, GraphNode* node) {
  if (!params) return Return(cuda::kInvalidValue);
  if (params->extra) {
    tape.CannotHold("a graph's kernel with arguments in `extra`");
    return Return(cuda::kNotSupported);
  }
  const CudaFunction* found = modules.Find(params->function);
  if (found && !params->arguments && !found->facts.parameters.empty())
    return Return(cuda::kInvalidValue);
  node->kind = cuda::kKernelNode;
  return MakeLaunch(params->function,
                    {.grid = params->grid, .block = params->block,
                     .shared_bytes = params->shared_bytes},
                    params->arguments, &node->ops.emplace_back());
}

int FakeCuda::MakeNode(const cuda::FillNodeParams* params, GraphNode* node) {
  if (!params) return Return(cuda::kInvalidValue);
  node->kind = cuda::kFillNode;
  return ReturnOfGraph(ReadFill(*params, &node->ops));
}

int FakeCuda::MakeNode(const cuda::CopyNodeParams* params, GraphNode* node) {
  if (!params) return Return(cuda::kInvalidValue);
  node->kind = cuda::kCopyNode;
  const int error = ReadCopy(*params, &node->ops);
  if (error == cuda::kNotSupported)
    tape.CannotHold("a graph's copy from or to the host, or of an array");
  return ReturnOfGraph(error);
}

int FakeCuda::LaunchGraph(cuda::GraphExec exec, cuda::Stream stream) {
  constexpr std::string_view kCall = "cudaGraphLaunch";
  if (!tape.MayWork(kCall)) return Return(cuda::kNotSupported);
  const GraphSteps* steps = graphs.FindExec(exec);
  if (!steps) return Return(cuda::kInvalidValue);
  if (captures.Captures(stream))
    return Capture(stream, {.kind = cuda::kChildNode,
                            .child = std::make_shared<GraphSteps>(*steps)});
  const auto number = Stream(stream, kCall);
  if (!number) return Return(cuda::kInvalidResourceHandle);
  for (RawOp& op : LayOut(*steps)) {
    std::visit([&](auto& one) {
      one.stream = one.stream ? streams.LaneNumber(one.stream) : *number;
    }, op.op);
    if (auto* event = std::get_if<EventOp>(&op.op))
      event->event = streams.LaneEventNumber(event->event);
    tape.Append(std::move(op));
  }
  return cuda::kSuccess;
}

}  // namespace kernelevolve::worker
