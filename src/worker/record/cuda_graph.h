// CudaGraph: a CUDA graph as host code builds it, node by node, and the steps
// that it comes to once it is instantiated.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "worker/record/cuda_graph_abi.h"
#include "worker/record/tape.h"

namespace kernelevolve::worker {

// A node of an instantiated graph. What a child graph's nodes were called is
// not remembered.
struct GraphStep {
  cuda::GraphNode handle = nullptr;
  int kind = cuda::kEmptyNode;
  std::vector<RawOp> ops;     // one after another, of no stream; may be none
  std::vector<size_t> after;  // earlier steps that it waits for
};
using GraphSteps = std::vector<GraphStep>;

struct GraphNode {
  cuda::GraphNode handle = nullptr;
  int kind = cuda::kEmptyNode;
  std::vector<RawOp> ops;
  std::shared_ptr<const GraphSteps> child;  // of a kChildNode, as it was then
  std::vector<size_t> after;                // indices of nodes
};

// Owned by whoever made it; copies are graphs of their own. One thread at a
// time.
class CudaGraph {
 public:
  // Steps that a graph may come to, children included: what a plan may hold.
  static constexpr size_t kMostSteps = 4096;

  // False, and nothing is added, if that would be too much.
  bool Add(GraphNode node);
  // Node `to` waits for node `from`. False if it does already, or is the same.
  bool Depend(size_t from, size_t to);
  std::optional<size_t> Find(cuda::GraphNode handle) const;
  // Indices of `handles`; nullopt if one is not of this graph, or is there
  // twice.
  std::optional<std::vector<size_t>> FindAll(
      std::span<const cuda::GraphNode> handles) const;

  const std::vector<GraphNode>& nodes() const { return nodes_; }
  GraphNode& node(size_t index) { return nodes_[index]; }
  // Each step after those it waits for, otherwise in order of creation; nullopt
  // if nodes wait for each other in a circle.
  std::optional<GraphSteps> Flatten() const;

 private:
  // Indices of all nodes, or fewer where there is a circle.
  std::vector<size_t> Order() const;

  std::vector<GraphNode> nodes_;
  size_t steps_ = 0;
};

}  // namespace kernelevolve::worker
