#include "engine/node_archive.h"

#include <algorithm>

#include "base/check.h"

namespace kernelevolve {

const Node& NodeArchive::Add(Node node) {
  CHECK(node.id == next_id());
  if (!node.parents.empty() && Holds(node.parents[0]))
    children_[static_cast<size_t>(node.parents[0]) - 1].push_back(node.id);
  nodes_.push_back(std::move(node));
  children_.emplace_back();
  return nodes_.back();
}

const Node& NodeArchive::operator[](NodeId id) const {
  CHECK(Holds(id));
  return nodes_[static_cast<size_t>(id) - 1];
}

std::vector<const Node*> NodeArchive::PathTo(NodeId id) const {
  std::vector<const Node*> path;
  while (Holds(id)) {
    const Node& node = (*this)[id];
    path.push_back(&node);
    // Parents are older than their children: this ends.
    id = node.parents.empty() || node.parents[0] >= id ? 0 : node.parents[0];
  }
  std::reverse(path.begin(), path.end());
  return path;
}

std::vector<const Node*> NodeArchive::ChildrenOf(NodeId id) const {
  std::vector<const Node*> children;
  for (NodeId child : children_[static_cast<size_t>(id) - 1])
    children.push_back(&(*this)[child]);
  return children;
}

}  // namespace kernelevolve
