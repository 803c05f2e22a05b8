#include "worker/record/graph_table.h"

namespace kernelevolve::worker {
namespace {

// Handles are no memory, and none of a stream: whoever looks into one faults.
constexpr uint64_t kFirstHandle = 0x1e00'0000'0000, kStep = 64;

template <typename Map>
auto* FindIn(Map& map, void* handle) {
  const auto found = map.find(handle);
  return found == map.end() ? nullptr : &found->second;
}

}  // namespace

void* GraphTable::NewHandle() {
  return reinterpret_cast<void*>(kFirstHandle + kStep * handles_++);
}

cuda::Graph GraphTable::AddGraph(CudaGraph graph) {
  return graphs_.emplace(NewHandle(), std::move(graph)).first->first;
}

CudaGraph* GraphTable::FindGraph(cuda::Graph handle) {
  return FindIn(graphs_, handle);
}

GraphNode* GraphTable::FindNode(cuda::GraphNode handle) {
  for (auto& [_, graph] : graphs_)
    if (const auto index = graph.Find(handle)) return &graph.node(*index);
  return nullptr;
}

cuda::GraphExec GraphTable::AddExec(GraphSteps steps) {
  return execs_.emplace(NewHandle(), std::move(steps)).first->first;
}

GraphSteps* GraphTable::FindExec(cuda::GraphExec handle) {
  return FindIn(execs_, handle);
}

}  // namespace kernelevolve::worker
