// Which nodes deserve the stages after search. The best of many noisy numbers
// is high even if all are equal: nodes are ranked by an estimate that is shrunk
// towards the mean by as much as the noise explains.
#pragma once

#include <deque>
#include <vector>

#include "core/node.h"

namespace kernelevolve {

struct RankedNode {
  NodeId node = 0;
  double estimate = 0;  // of the speedup, shrunk
};

// Accepted nodes with distinct candidates, best estimate first.
std::vector<RankedNode> RankNodes(const std::deque<Node>& nodes);

// How many candidates the confirm stage takes of a run with so many nodes.
int ConfirmCount(int64_t nodes);

}  // namespace kernelevolve
