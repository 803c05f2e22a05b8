// Node: a candidate's place in a run's graph.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/candidate.h"
#include "core/evaluation.h"

namespace kernelevolve {

using NodeId = int64_t;  // 1, 2, … in order of creation within a run; 0 = none

// How a node came to be.
enum class NodeKind {
  kSeed,     // the user's own kernel
  kDraft,    // made without feedback
  kExpand,   // a new structure made from a parent and its evaluation
  kTune,     // the parent's structure with other parameter values
};
std::string_view NodeKindName(NodeKind kind);
std::optional<NodeKind> ParseNodeKind(std::string_view name);

struct Node {
  NodeId id = 0;
  std::vector<NodeId> parents;  // first = the one it was made from
  NodeKind kind = NodeKind::kDraft;
  Candidate candidate;
  std::string origin;       // recipe and structure options, or prompt digest
  std::string description;  // one line for people: what is new in it
  Evaluation evaluation;
  double fitness = 0;       // speedup, 0 for anything not accepted
  int draft_index = 0;      // which draft it was; for kDraft only
  double created_wall_s = 0;
};

}  // namespace kernelevolve
