// NodeArchive: the run's graph in memory, as proposals and stages need it.
#pragma once

#include <deque>
#include <set>
#include <string>
#include <vector>

#include "core/node.h"

namespace kernelevolve {

// Owned by the campaign's thread. Nodes keep their address and do not change
// once added, so that pool threads may read those they were handed.
class NodeArchive {
 public:
  // Ids must come as 1, 2, ….
  const Node& Add(Node node);

  NodeId next_id() const { return static_cast<NodeId>(nodes_.size()) + 1; }
  const std::deque<Node>& nodes() const { return nodes_; }
  const Node& operator[](NodeId id) const;
  bool Holds(NodeId id) const { return id >= 1 && id < next_id(); }

  // Root first, `id` itself last.
  std::vector<const Node*> PathTo(NodeId id) const;
  // Oldest first.
  std::vector<const Node*> ChildrenOf(NodeId id) const;

  // Whether a candidate has been evaluated or claimed; Claim is true once only.
  bool Claim(const std::string& candidate_id) {
    return claimed_.insert(candidate_id).second;
  }

 private:
  std::deque<Node> nodes_;
  std::deque<std::vector<NodeId>> children_;  // of node i at [i - 1]
  std::set<std::string> claimed_;
};

}  // namespace kernelevolve
