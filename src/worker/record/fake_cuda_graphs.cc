// The calls that make graphs by hand, node by node.
#include <algorithm>
#include <span>
#include <utility>

#include "base/format.h"
#include "worker/record/fake_cuda.h"
#include "worker/record/graph_params.h"

namespace kernelevolve::worker {
namespace {

// By cudaGraphNodeType.
constexpr std::string_view kNodeTypes[] = {
    "kernel", "memcpy", "memset", "host", "child graph", "empty", "event wait",
    "event record", "semaphore signal", "semaphore wait", "memory allocation",
    "memory release", "unknown", "conditional"};

// A graph that a program adds a node to, and the nodes that it comes after.
struct NodePlace {
  cuda::GraphNode* out;
  cuda::Graph graph;
  const cuda::GraphNode* after;
  size_t count;
};

int AddNode(const FakeCudaCall& fake, const NodePlace& place, GraphNode node) {
  CudaGraph* graph = fake->graphs.FindGraph(place.graph);
  if (!place.out || !graph || (place.count && !place.after) ||
      place.count > graph->nodes().size())
    return fake->Return(cuda::kInvalidValue);
  auto after = graph->FindAll({place.after, place.count});
  if (!after) return fake->Return(cuda::kInvalidValue);
  node.after = *std::move(after);
  node.handle = fake->graphs.NewNode();
  const cuda::GraphNode handle = node.handle;
  if (!graph->Add(std::move(node)))
    return fake->ReturnOfGraph(cuda::kMemoryAllocation);
  *place.out = handle;
  return cuda::kSuccess;
}

template <typename Params>
int AddNodeOf(const NodePlace& place, const Params* params) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  GraphNode node;
  if (const int error = fake->MakeNode(params, &node)) return error;
  return AddNode(fake, place, std::move(node));
}

int AddEmptyNode(const NodePlace& place) {
  FakeCudaCall fake;
  return fake ? AddNode(fake, place, {}) : cuda::kNotSupported;
}

int AddChildNode(const NodePlace& place, cuda::Graph child) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  const CudaGraph* graph = fake->graphs.FindGraph(child);
  if (!graph || child == place.graph) return fake->Return(cuda::kInvalidValue);
  auto steps = graph->Flatten();
  if (!steps) return fake->Return(cuda::kInvalidValue);
  return AddNode(fake, place,
                 {.kind = cuda::kChildNode,
                  .child = std::make_shared<GraphSteps>(*std::move(steps))});
}

int Decline(std::string_view what) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  fake->tape.CannotHold(what);
  return fake->Return(cuda::kNotSupported);
}

// Edges that let a kernel begin before another has ended.
bool ArePlain(const cuda::EdgeData* edges, size_t count) {
  return !edges || std::all_of(edges, edges + count, [](const auto& edge) {
    return edge.from_port == 0 && edge.to_port == 0 && edge.type == 0;
  });
}

int AddAnyNode(const NodePlace& place, const cuda::GraphNodeParams& params) {
  switch (params.type) {
    case cuda::kKernelNode: return AddNodeOf(place, &params.kernel);
    case cuda::kCopyNode: return AddNodeOf(place, &params.copy.params);
    case cuda::kFillNode: return AddNodeOf(place, &params.fill);
    case cuda::kEmptyNode: return AddEmptyNode(place);
    case cuda::kChildNode:
      if (params.child.ownership == 0)
        return AddChildNode(place, params.child.graph);
      return Decline("a child graph that is moved");
    default: {
      const auto type = static_cast<size_t>(params.type);
      return Decline(format("cudaGraphAddNode of type {}",
                            type < std::size(kNodeTypes) ? kNodeTypes[type]
                                                         : "unknown"));
    }
  }
}

int AddDependencies(const FakeCudaCall& fake, CudaGraph& graph,
                    const cuda::GraphNode* from, const cuda::GraphNode* to,
                    size_t count) {
  for (size_t i = 0; i < count; ++i) {
    const auto before = graph.Find(from[i]), after = graph.Find(to[i]);
    if (!before || !after || !graph.Depend(*before, *after))
      return fake->Return(cuda::kInvalidValue);
  }
  return cuda::kSuccess;
}

// A program's copy keeps nothing of the nodes' old names.
CudaGraph Clone(const FakeCudaCall& fake, const CudaGraph& graph) {
  CudaGraph clone = graph;
  for (size_t i = 0; i < clone.nodes().size(); ++i)
    clone.node(i).handle = fake->graphs.NewNode();
  return clone;
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cudaGraphCreate(cuda::Graph* out, unsigned flags) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (!out || flags != 0) return fake->Return(cuda::kInvalidValue);
  *out = fake->graphs.AddGraph({});
  return cuda::kSuccess;
}

int cudaGraphDestroy(cuda::Graph graph) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->Return(fake->graphs.DestroyGraph(graph) ? cuda::kSuccess
                                                       : cuda::kInvalidValue);
}

int cudaGraphClone(cuda::Graph* out, cuda::Graph original) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  const worker::CudaGraph* graph = fake->graphs.FindGraph(original);
  if (!out || !graph) return fake->Return(cuda::kInvalidValue);
  *out = fake->graphs.AddGraph(worker::Clone(fake, *graph));
  return cuda::kSuccess;
}

int cudaGraphAddKernelNode(cuda::GraphNode* out, cuda::Graph graph,
                           const cuda::GraphNode* after, size_t count,
                           const cuda::KernelNodeParams* params) {
  return worker::AddNodeOf({out, graph, after, count}, params);
}

int cudaGraphAddMemsetNode(cuda::GraphNode* out, cuda::Graph graph,
                           const cuda::GraphNode* after, size_t count,
                           const cuda::FillNodeParams* params) {
  return worker::AddNodeOf({out, graph, after, count}, params);
}

int cudaGraphAddMemcpyNode(cuda::GraphNode* out, cuda::Graph graph,
                           const cuda::GraphNode* after, size_t count,
                           const cuda::CopyNodeParams* params) {
  return worker::AddNodeOf({out, graph, after, count}, params);
}

int cudaGraphAddMemcpyNode1D(cuda::GraphNode* out, cuda::Graph graph,
                             const cuda::GraphNode* after, size_t count,
                             void* to, const void* from, size_t bytes, int) {
  const cuda::CopyNodeParams params = worker::LinearCopy(to, from, bytes);
  return worker::AddNodeOf({out, graph, after, count}, &params);
}

int cudaGraphAddEmptyNode(cuda::GraphNode* out, cuda::Graph graph,
                          const cuda::GraphNode* after, size_t count) {
  return worker::AddEmptyNode({out, graph, after, count});
}

int cudaGraphAddChildGraphNode(cuda::GraphNode* out, cuda::Graph graph,
                               const cuda::GraphNode* after, size_t count,
                               cuda::Graph child) {
  return worker::AddChildNode({out, graph, after, count}, child);
}

int cudaGraphAddNode(cuda::GraphNode* out, cuda::Graph graph,
                     const cuda::GraphNode* after, const cuda::EdgeData* edges,
                     size_t count, const cuda::GraphNodeParams* params) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  if (!params) return fake->Return(cuda::kInvalidValue);
  if (!worker::ArePlain(edges, count))
    return worker::Decline("cudaGraphAddNode with edge data");
  return worker::AddAnyNode({out, graph, after, count}, *params);
}

int cudaGraphAddDependencies(cuda::Graph graph, const cuda::GraphNode* from,
                             const cuda::GraphNode* to,
                             const cuda::EdgeData* edges, size_t count) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  worker::CudaGraph* found = fake->graphs.FindGraph(graph);
  if (!found || (count && (!from || !to)))
    return fake->Return(cuda::kInvalidValue);
  if (!worker::ArePlain(edges, count))
    return worker::Decline("cudaGraphAddDependencies with edge data");
  return worker::AddDependencies(fake, *found, from, to, count);
}

int cudaGraphGetNodes(cuda::Graph graph, cuda::GraphNode* nodes,
                      size_t* count) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  const worker::CudaGraph* found = fake->graphs.FindGraph(graph);
  if (!found || !count) return fake->Return(cuda::kInvalidValue);
  const size_t room = std::exchange(*count, found->nodes().size());
  if (!nodes) return cuda::kSuccess;
  for (size_t i = 0; i < room; ++i)
    nodes[i] = i < *count ? found->nodes()[i].handle : nullptr;
  *count = std::min(*count, room);
  return cuda::kSuccess;
}

int cudaGraphKernelNodeSetParams(cuda::GraphNode node,
                                 const cuda::KernelNodeParams* params) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  worker::GraphNode made, *found = fake->graphs.FindNode(node);
  if (!found || found->kind != cuda::kKernelNode)
    return fake->Return(cuda::kInvalidValue);
  if (const int error = fake->MakeNode(params, &made)) return error;
  found->ops = std::move(made.ops);
  return cuda::kSuccess;
}

}  // extern "C"
#pragma GCC visibility pop
