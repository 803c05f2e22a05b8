#include "search/policies/mcts.h"

#include <algorithm>
#include <cmath>

namespace kernelevolve {
namespace {

double Visits(const Structure& place) {
  return static_cast<double>(place.visits + place.subtree_in_flight);
}

// Open places below, itself not counted.
bool OpenBelow(const Structure& place) {
  return place.open > (place.closed ? 0 : 1);
}

}  // namespace

bool Mcts::MayWiden(const Structure& place) const {
  const double allowed =
      std::ceil(options_.width *
                std::pow(std::max(1.0, Visits(place)), options_.widening));
  return place.Children() < allowed;
}

// Speedups are ratios, so a reward is one too: fitness over the best fitness
// known. It lies in 0 … 1 whatever the task, an outlier below cannot compress
// the rest, and a mean of it can be rescaled when the best rises.
double Mcts::Bound(const StructureTree& tree, const Structure& child,
                   double parent_visits) const {
  const double visits = Visits(child);
  const double scale = tree.best() > 0 ? 1 / tree.best() : 0;
  const double mean = scale * child.fitness_sum / visits;
  const double best = scale * child.best;
  return (1 - options_.best_weight) * mean + options_.best_weight * best +
         options_.exploration * std::sqrt(std::log(parent_visits) / visits);
}

StructureId Mcts::BestChild(const StructureTree& tree,
                            const Structure& place) const {
  const double visits = Visits(place);
  StructureId best = 0;
  double best_bound = 0;
  for (const StructureId child : place.children) {
    if (tree[child].open == 0) continue;
    const double bound = Bound(tree, tree[child], visits);
    if (best == 0 || bound > best_bound) {
      best = child;
      best_bound = bound;
    }
  }
  return best;
}

std::optional<StructureId> Mcts::Choose(const StructureTree& tree) const {
  if (tree.root().open == 0) return std::nullopt;
  StructureId place = 0;
  while (true) {
    const Structure& here = tree[place];
    if (!here.closed && (MayWiden(here) || !OpenBelow(here))) return place;
    place = BestChild(tree, here);
  }
}

}  // namespace kernelevolve
