#include "search/policies/chain.h"

namespace kernelevolve {
namespace {

bool LostItsWay(const StructureTree& tree) {
  int failures = 0;
  for (StructureId id = tree.size() - 1; id > 0 && tree[id].fitness <= 0; --id)
    ++failures;
  return failures >= Chain::kFailuresInRow;
}

}  // namespace

std::optional<StructureId> Chain::Choose(const StructureTree& tree) const {
  // A chain has one end: the next link waits for the last.
  if (tree.root().subtree_in_flight > 0) return std::nullopt;
  if (tree.best() > 0 && LostItsWay(tree))
    return BestOpen(tree, [](const Structure& s) { return s.fitness; });
  StructureId last = tree.size() - 1;
  while (last > 0 && tree[last].closed) --last;
  if (tree[last].closed) return std::nullopt;
  return last;
}

}  // namespace kernelevolve
