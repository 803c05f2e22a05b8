#include "worker/record/cuda_graph.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <set>

namespace kernelevolve::worker {
namespace {

size_t Weight(const GraphNode& node) {
  if (!node.child) return std::max<size_t>(node.ops.size(), 1);
  size_t weight = 2;  // where it begins and ends
  for (const GraphStep& step : *node.child)
    weight += std::max<size_t>(step.ops.size(), 1);
  return weight;
}

// A child's steps between one that they begin after and one that is after all.
void AddChild(const GraphSteps& child, std::vector<size_t> after,
              GraphSteps* steps) {
  const size_t entry = steps->size(), first = entry + 1;
  steps->push_back({.after = std::move(after)});
  std::vector<bool> awaited(child.size());
  for (const GraphStep& step : child) {
    GraphStep& copy = steps->emplace_back(step);
    copy.handle = nullptr;
    for (size_t& index : copy.after) {
      awaited[index] = true;
      index += first;
    }
    if (copy.after.empty()) copy.after = {entry};
  }
  GraphStep end;
  for (size_t i = 0; i < child.size(); ++i)
    if (!awaited[i]) end.after.push_back(first + i);
  if (child.empty()) end.after = {entry};
  steps->push_back(std::move(end));
}

}  // namespace

bool CudaGraph::Add(GraphNode node) {
  const size_t weight = Weight(node);
  if (weight > kMostSteps - steps_) return false;
  steps_ += weight;
  nodes_.push_back(std::move(node));
  return true;
}

bool CudaGraph::Depend(size_t from, size_t to) {
  std::vector<size_t>& after = nodes_[to].after;
  if (from == to || std::ranges::find(after, from) != after.end()) return false;
  after.push_back(from);
  return true;
}

std::optional<size_t> CudaGraph::Find(cuda::GraphNode handle) const {
  const auto found = std::ranges::find(nodes_, handle, &GraphNode::handle);
  if (found == nodes_.end()) return std::nullopt;
  return static_cast<size_t>(found - nodes_.begin());
}

std::optional<std::vector<size_t>> CudaGraph::FindAll(
    std::span<const cuda::GraphNode> handles) const {
  std::set<size_t> found;
  for (const cuda::GraphNode handle : handles) {
    const auto index = Find(handle);
    if (!index || !found.insert(*index).second) return std::nullopt;
  }
  return std::vector<size_t>(found.begin(), found.end());
}

std::vector<size_t> CudaGraph::Order() const {
  std::vector<size_t> missing(nodes_.size()), order;
  std::vector<std::vector<size_t>> followers(nodes_.size());
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t i = 0; i < nodes_.size(); ++i) {
    missing[i] = nodes_[i].after.size();
    if (missing[i] == 0) ready.push(i);
    for (const size_t before : nodes_[i].after) followers[before].push_back(i);
  }
  while (!ready.empty()) {
    order.push_back(ready.top());
    ready.pop();
    for (const size_t follower : followers[order.back()])
      if (--missing[follower] == 0) ready.push(follower);
  }
  return order;
}

std::optional<GraphSteps> CudaGraph::Flatten() const {
  const std::vector<size_t> order = Order();
  if (order.size() < nodes_.size()) return std::nullopt;
  GraphSteps steps;
  std::vector<size_t> last(nodes_.size());  // by node: the step that ends it
  for (const size_t index : order) {
    const GraphNode& node = nodes_[index];
    std::vector<size_t> after;
    for (const size_t before : node.after) after.push_back(last[before]);
    if (node.child)
      AddChild(*node.child, std::move(after), &steps);
    else
      steps.push_back({node.handle, node.kind, node.ops, std::move(after)});
    last[index] = steps.size() - 1;
  }
  return steps;
}

}  // namespace kernelevolve::worker
