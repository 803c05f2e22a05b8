// The calls that make graphs executable, change them afterwards, and launch
// them.
#include <algorithm>

#include "worker/record/fake_cuda.h"
#include "worker/record/graph_params.h"

namespace kernelevolve::worker {
namespace {

constexpr int kStructure = 2;                // of cudaGraphInstantiateResult
constexpr int kTopology = 2, kNodeType = 3;  // of cudaGraphExecUpdateResult

int Instantiate(cuda::GraphExec* out, cuda::Graph graph,
                unsigned long long flags) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  const CudaGraph* found = fake->graphs.FindGraph(graph);
  if (!out || !found || (flags & ~cuda::kInstantiateFlags) != 0)
    return fake->Return(cuda::kInvalidValue);
  *out = nullptr;
  if (flags & cuda::kInstantiateForDevice) {
    fake->tape.CannotHold("a graph that the device launches");
    return fake->Return(cuda::kNotSupported);
  }
  auto steps = found->Flatten();
  if (!steps) return fake->Return(cuda::kInvalidValue);
  *out = fake->graphs.AddExec(*std::move(steps));
  return cuda::kSuccess;
}

// The step of an instantiated graph that a node became; null if there is none.
GraphStep* FindStep(const FakeCudaCall& fake, cuda::GraphExec exec,
                    cuda::GraphNode node) {
  GraphSteps* steps = fake->graphs.FindExec(exec);
  if (!steps || !node || !fake->graphs.FindNode(node)) return nullptr;
  const auto found = std::ranges::find(*steps, node, &GraphStep::handle);
  return found == steps->end() ? nullptr : &*found;
}

template <typename Params>
int SetStep(cuda::GraphExec exec, cuda::GraphNode node, const Params* params) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  GraphStep* step = FindStep(fake, exec, node);
  if (!step) return fake->Return(cuda::kInvalidValue);
  GraphNode made;
  if (const int error = fake->MakeNode(params, &made)) return error;
  // Of fills and copies, only those of one row may be changed.
  const auto one_row = [](const std::vector<RawOp>& ops) {
    return ops.size() == 1 && IsOneRow(ops.front());
  };
  if (made.kind != step->kind || !one_row(made.ops) || !one_row(step->ops))
    return fake->Return(cuda::kInvalidValue);
  step->ops = std::move(made.ops);
  return cuda::kSuccess;
}

// 0, or the reason why the one cannot become the other.
int Differs(const GraphSteps& old, const GraphSteps& updated) {
  if (old.size() != updated.size()) return kTopology;
  for (size_t i = 0; i < old.size(); ++i) {
    if (old[i].after != updated[i].after) return kTopology;
    if (old[i].kind != updated[i].kind) return kNodeType;
  }
  return 0;
}

int Update(cuda::GraphExec exec, cuda::Graph graph, cuda::UpdateResult* result) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  GraphSteps* steps = fake->graphs.FindExec(exec);
  const CudaGraph* source = fake->graphs.FindGraph(graph);
  if (!steps || !source || !result) return fake->Return(cuda::kInvalidValue);
  *result = {};
  const auto updated = source->Flatten();
  result->result = updated ? Differs(*steps, *updated) : kTopology;
  if (result->result) return fake->Return(cuda::kGraphUpdateFailure);
  for (size_t i = 0; i < steps->size(); ++i)  // nodes keep their names
    (*steps)[i].ops = (*updated)[i].ops;
  return cuda::kSuccess;
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaGraphInstantiate(cuda::GraphExec* out, cuda::Graph graph,
                         unsigned long long flags) {
  return worker::Instantiate(out, graph, flags);
}
int cudaGraphInstantiateWithFlags(cuda::GraphExec* out, cuda::Graph graph,
                                  unsigned long long flags) {
  return worker::Instantiate(out, graph, flags);
}
int cudaGraphInstantiateWithParams(cuda::GraphExec* out, cuda::Graph graph,
                                   cuda::InstantiateParams* params) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (!params) return fake->Return(cuda::kInvalidValue);
  params->failed = nullptr;
  const int error = worker::Instantiate(out, graph, params->flags);
  params->result = error ? worker::kStructure : 0;
  return error;
}

int cudaGraphExecDestroy(cuda::GraphExec exec) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->Return(fake->graphs.DestroyExec(exec) ? cuda::kSuccess
                                                     : cuda::kInvalidValue);
}

// There is no device to make it ready on.
int cudaGraphUpload(cuda::GraphExec exec, cuda::Stream) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->Return(fake->graphs.FindExec(exec) ? cuda::kSuccess
                                                  : cuda::kInvalidValue);
}

int cudaGraphLaunch(cuda::GraphExec exec, cuda::Stream stream) {
  FakeCudaCall fake;
  return fake ? fake->LaunchGraph(exec, stream) : cuda::kNotSupported;
}

int cudaGraphExecUpdate(cuda::GraphExec exec, cuda::Graph graph,
                        cuda::UpdateResult* result) {
  return worker::Update(exec, graph, result);
}

int cudaGraphExecKernelNodeSetParams(cuda::GraphExec exec, cuda::GraphNode node,
                                     const cuda::KernelNodeParams* params) {
  return worker::SetStep(exec, node, params);
}
int cudaGraphExecMemsetNodeSetParams(cuda::GraphExec exec, cuda::GraphNode node,
                                     const cuda::FillNodeParams* params) {
  return worker::SetStep(exec, node, params);
}
int cudaGraphExecMemcpyNodeSetParams(cuda::GraphExec exec, cuda::GraphNode node,
                                     const cuda::CopyNodeParams* params) {
  return worker::SetStep(exec, node, params);
}
int cudaGraphExecMemcpyNodeSetParams1D(cuda::GraphExec exec,
                                       cuda::GraphNode node, void* to,
                                       const void* from, size_t bytes, int) {
  const cuda::CopyNodeParams params = worker::LinearCopy(to, from, bytes);
  return worker::SetStep(exec, node, &params);
}

}  // extern "C"
#pragma GCC visibility pop
