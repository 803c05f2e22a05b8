// What was tried around a place in the tree, told in lines instead of pasted:
// what it changed, what came of it, why it failed.
#pragma once

#include <string>
#include <vector>

#include "propose/proposer.h"

namespace kernelevolve {

struct Attempt {
  NodeId node = 0;
  std::string what;     // one line, from the node's description
  std::string outcome;  // "1.84x, +6 % on node 3" or "REJECT OOB: …"
  bool failed = false;  // rejected, or slower than what it was made from
};

// As the request's memory says: the lineage of the parent, its other children,
// both, or nothing. In order of creation. Parameter settings of one structure
// become one attempt.
std::vector<Attempt> CollectAttempts(const ProposalRequest& request);

// Quoted lines for a prompt, the failed ones apart under their own heading; at
// most
// `limit` attempts, the newest kept. "" without any.
std::string AttemptsText(const std::vector<Attempt>& attempts, size_t limit);

}  // namespace kernelevolve
