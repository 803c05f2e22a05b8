// GraphTable: CUDA graphs as the host code holds them, by handle.
#pragma once

#include <map>
#include <optional>

#include "worker/record/cuda_graph.h"

namespace kernelevolve::worker {

// One thread at a time. Handles are never given twice, so that host code may
// keep them from call to call; null, and what was destroyed, is found nowhere.
class GraphTable {
 public:
  // A node's handle, for a node that is yet to be added.
  cuda::GraphNode NewNode() { return NewHandle(); }

  cuda::Graph AddGraph(CudaGraph graph);
  CudaGraph* FindGraph(cuda::Graph handle);
  bool DestroyGraph(cuda::Graph handle) { return graphs_.erase(handle) > 0; }
  // Null if the node is of no graph.
  GraphNode* FindNode(cuda::GraphNode handle);

  cuda::GraphExec AddExec(GraphSteps steps);
  GraphSteps* FindExec(cuda::GraphExec handle);
  bool DestroyExec(cuda::GraphExec handle) { return execs_.erase(handle) > 0; }

 private:
  void* NewHandle();

  uint64_t handles_ = 0;
  std::map<void*, CudaGraph> graphs_;
  std::map<void*, GraphSteps> execs_;
};

}  // namespace kernelevolve::worker
