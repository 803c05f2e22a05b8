// How FakeCuda takes down what is captured, and the launch of a graph.
#include "base/format.h"
#include "worker/record/fake_addresses.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/graph_lanes.h"
#include "worker/record/graph_params.h"

namespace kernelevolve::worker {
namespace {

// From the host: each is a step of its own.
constexpr size_t kMostRows = 64;

int KindOf(const PlanOp& op) {
  if (std::holds_alternative<LaunchOp>(op)) return cuda::kKernelNode;
  return std::holds_alternative<MemsetOp>(op) ? cuda::kFillNode : cuda::kCopyNode;
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

// `ops` or `error` as ReadFill and ReadCopy give them.
int FakeCuda::PutRows(cuda::Stream stream, int error, std::vector<RawOp> ops,
                      std::string_view call) {
  if (error == cuda::kMemoryAllocation || ops.size() > kMostRows) {
    tape.CannotHold(
        format("{} of more than {} rows from the host", call, kMostRows));
    return Return(cuda::kNotSupported);
  }
  if (error == cuda::kNotSupported)
    tape.CannotHold(format("{} of more than {} bytes from the host", call,
                           kMostWrittenBytes));
  if (error) return Return(error);
  if (captures.Captures(stream)) {
    const int kind = KindOf(ops.front().op);
    return Capture(stream, {.kind = kind, .ops = std::move(ops)});
  }
  for (RawOp& op : ops)
    if (const int failed = Put(stream, std::move(op), call)) return failed;
  return cuda::kSuccess;
}

int FakeCuda::FillRows(cuda::Stream stream, const cuda::FillNodeParams& rows,
                       std::string_view call) {
  const auto to = reinterpret_cast<uint64_t>(rows.to);
  if (!tape.MayWork(call)) return Return(cuda::kNotSupported);
  // A row alone says what is wrong with the memory.
  if (rows.width == 0 || rows.height <= 1 || !IsFakeAddress(to))
    return Fill(stream, to, rows.value, rows.height ? rows.width : 0, call);
  std::vector<RawOp> ops;
  const int error = ReadFill(rows, &ops);
  return PutRows(stream, error, std::move(ops), call);
}

int FakeCuda::CopyRows(cuda::Stream stream, const cuda::CopyNodeParams& rows,
                       std::string_view call) {
  const auto to = reinterpret_cast<uint64_t>(rows.to.pointer),
             from = reinterpret_cast<uint64_t>(rows.from.pointer);
  if (!tape.MayWork(call)) return Return(cuda::kNotSupported);
  if (rows.extent.x == 0 || rows.extent.y <= 1 || !IsFakeAddress(to) || !from)
    return Copy(stream, to, from, rows.extent.y ? rows.extent.x : 0, call);
  std::vector<RawOp> ops;
  const int error = ReadCopy(rows, &ops);
  return PutRows(stream, error, std::move(ops), call);
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
    tape.CannotHold(format("a graph's copy to the host, of more than {} bytes "
                           "from the host, or of an array", kMostWrittenBytes));
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
