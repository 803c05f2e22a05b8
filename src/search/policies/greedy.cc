#include "search/policies/greedy.h"

#include <utility>

namespace kernelevolve {

std::optional<StructureId> Greedy::Choose(const StructureTree& tree) const {
  // Nothing works yet: a fresh draft is a better bet than a broken parent.
  if (tree.best() <= 0 && !tree.root().closed) return 0;
  // Among equals, and failures are all equal, the least worked on.
  return BestOpen(tree, [](const Structure& s) {
    return std::pair(s.fitness, -s.Children());
  });
}

}  // namespace kernelevolve
