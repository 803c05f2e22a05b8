// One search on a generated world: the campaign's loop in small, with slots
// that finish out of order.
#pragma once

#include <vector>

#include "search/search.h"
#include "search/testing/generated_world.h"

namespace kernelevolve {

struct WorldRunOptions {
  int nodes = 200;
  int jobs = 4;
  uint64_t seed = 1;  // of the order in which slots finish
};

struct WorldNode {
  NodeId id = 0;
  Step step;
  WorldCandidate candidate;
  double fitness = 0;  // as measured
  double true_fitness = 0;
};

// In order of arrival; fewer than asked for if the search ran out of steps.
std::vector<WorldNode> RunOnWorld(Search& search, const GeneratedWorld& world,
                                  const WorldRunOptions& options);

// Of the node that measured best: what one would have kept after `nodes` nodes.
double TrueFitnessOfBest(const std::vector<WorldNode>& nodes, size_t count);

}  // namespace kernelevolve
