// Mcts: Monte-Carlo tree search. From the root down, each place either gets a
// new child, if it has been visited often enough for one more (progressive
// widening), or passes on to the child with the best upper confidence bound
// (UCT). What is in flight counts as visits that returned nothing (virtual
// loss), so that parallel slots spread.
#pragma once

#include "search/policies/policy.h"

namespace kernelevolve {

// The defaults are what did best on generated worlds at 60, 150 and 400 nodes.
struct MctsOptions {
  double exploration = 0.2;  // UCT's constant, for rewards in 0 … 1
  // A place visited n times may have ceil(width * n ^ widening) children.
  double width = 2;
  double widening = 0.5;
  // Weight of a subtree's best against its mean: we keep the best kernel, not
  // the average one.
  double best_weight = 0.9;
};

class Mcts : public Policy {
 public:
  explicit Mcts(const MctsOptions& options = {}) : options_(options) {}
  std::optional<StructureId> Choose(const StructureTree& tree) const override;

 private:
  bool MayWiden(const Structure& place) const;
  double Bound(const StructureTree& tree, const Structure& child,
               double parent_visits) const;
  StructureId BestChild(const StructureTree& tree,
                        const Structure& place) const;

  const MctsOptions options_;
};

}  // namespace kernelevolve
