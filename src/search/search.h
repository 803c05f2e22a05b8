// Search: which place of the tree to work on next, asked and told. Two levels
// on one budget: a policy chooses structures, a tuner per structure chooses
// parameter values.
//
// Single-threaded and pure: no clock, no I/O, randomness from its seed alone.
// The same seed and the same sequence of calls give the same steps.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/node.h"

namespace kernelevolve {

// One unit of work. Until Tell or Abandon it is in flight and weighs on the
// following choices (virtual loss).
struct Step {
  int64_t ticket = 0;
  NodeKind kind = NodeKind::kDraft;
  NodeId parent = 0;           // 0 for a draft
  int draft_index = 0;         // 0, 1, … for drafts
  ParameterValues parameters;  // kTune: the values to try
  uint64_t seed = 0;           // for the proposer
};

// What the search needs to know of an evaluated node.
struct Outcome {
  NodeId node = 0;  // its id in the run
  double fitness = 0;
  double fitness_error = 0;  // half-width of its interval, relative
  Code code = Code::kOk;
  TuneSpace space;           // of the node's source
  ParameterValues parameters;
};

class Search {
 public:
  virtual ~Search() = default;
  // The next step, or nullopt while nothing can be started before a result
  // comes back (or, with nothing in flight, for good).
  virtual std::optional<Step> Ask() = 0;
  virtual void Tell(const Step& step, const Outcome& outcome) = 0;
  // The step led to no node: nothing new to propose, or duplicate.
  virtual void Abandon(const Step& step) = 0;
};

}  // namespace kernelevolve
