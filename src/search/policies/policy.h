// Policy: where in the tree the next structure is made.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/structure_tree.h"

namespace kernelevolve {

// A pure function of the tree: what it needs to remember, the tree counts. So a
// resumed run needs no state but its nodes.
class Policy {
 public:
  virtual ~Policy() = default;
  // The place to make a structure from, 0 for a fresh draft; nullopt while
  // nothing sensible can start before a result comes back, or for good if the
  // whole tree is closed. Never a closed place.
  virtual std::optional<StructureId> Choose(
      const StructureTree& tree) const = 0;
};

// The one list of them. Null for an unknown name.
std::unique_ptr<Policy> MakePolicy(const std::string& name);
std::vector<std::string> PolicyNames();

// For policies that look at all structures: the open one with the largest
// `score`, the earliest of equals; 0 (the root) if none is open but the root
// is, nullopt if nothing is.
template <typename Score>
std::optional<StructureId> BestOpen(const StructureTree& tree, Score score) {
  std::optional<StructureId> best;
  for (StructureId id = 1; id < tree.size(); ++id) {
    if (tree[id].closed) continue;
    if (!best || score(tree[id]) > score(tree[*best])) best = id;
  }
  if (!best && !tree.root().closed) best = 0;
  return best;
}

}  // namespace kernelevolve
