#include "search/policies/beam.h"

#include <algorithm>

#include "search/policies/greedy.h"

namespace kernelevolve {

std::optional<StructureId> Beam::Choose(const StructureTree& tree) const {
  std::vector<StructureId> open;
  for (StructureId id = 1; id < tree.size(); ++id)
    if (!tree[id].closed && tree[id].fitness > 0) open.push_back(id);
  if (open.empty()) return Greedy().Choose(tree);
  const auto width = std::min<std::ptrdiff_t>(
      kWidth, static_cast<std::ptrdiff_t>(open.size()));
  std::partial_sort(open.begin(), open.begin() + width, open.end(),
                    [&](StructureId a, StructureId b) {
                      return tree[a].fitness > tree[b].fitness;
                    });
  return *std::min_element(open.begin(), open.begin() + width,
                           [&](StructureId a, StructureId b) {
                             return tree[a].Children() < tree[b].Children();
                           });
}

}  // namespace kernelevolve
