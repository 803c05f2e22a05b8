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
  // 1, 2, … from Ask. 0 marks a node nobody asked for: the user's seed kernel,
  // or a node of an earlier process that --resume tells again.
  int64_t ticket = 0;
  NodeKind kind = NodeKind::kDraft;
  std::string language;  // of the kernel; "" in a run of one language
  // kExpand: the node to make a new structure from, with the best parameter
  // values known for it. kTune: the node whose source to reuse. 0 for a draft.
  NodeId parent = 0;
  int draft_index = 0;         // 0, 1, … for drafts
  ParameterValues parameters;  // kTune: the values to try, complete
  // For the proposer. A draft's follows from its index alone; another step's is
  // never that of a node told before.
  uint64_t seed = 0;
};

// What the search needs to know of an evaluated node.
struct Outcome {
  NodeId node = 0;  // its id in the run
  double fitness = 0;
  double fitness_error = 0;  // half-width of its interval, relative
  Code code = Code::kOk;
  TuneSpace space;  // of the node's source
  ParameterValues parameters;
};

// Where the budget went, for progress lines and the final table.
struct SearchReport {
  std::string policy;
  int64_t drafts = 0, expansions = 0, tunings = 0, abandoned = 0;
  NodeId best = 0;
  double best_fitness = 0;
  // The allocator's present share of tuning steps, 0 … 1, and what one step of
  // each kind lately returned, as a mean gain in per cent.
  double tune_share = 0, structure_gain = 0, tune_gain = 0;

  // "mcts: 10 drafts, 31 expansions, 59 tunings; 62 % of steps now tune"
  std::string ToString() const;
};

// Owned by the campaign and used from its thread only.
class Search {
 public:
  virtual ~Search() = default;
  // The next step, or nullopt while nothing can be started before a result
  // comes back (or, with nothing in flight, for good).
  virtual std::optional<Step> Ask() = 0;
  // Each node once, after its parents. With ticket 0, `step` needs kind, parent
  // and, for a draft, draft_index.
  virtual void Tell(const Step& step, const Outcome& outcome) = 0;
  // The step led to no node: nothing new to propose, or a duplicate. A place
  // that does so repeatedly is closed.
  virtual void Abandon(const Step& step) = 0;
  // A later stage measured a told node again, or rejected it (fitness 0).
  virtual void Correct(NodeId node, double fitness) = 0;
  virtual SearchReport Report() const = 0;
};

struct SearchOptions {
  std::string policy = "mcts";  // one of PolicyNames()
  int drafts = 10;              // feedback-free drafts before anything else
  uint64_t seed = 1;
  bool tune = true;  // false: structures only
};

// kBadInput for an unknown policy names the known ones.
Result<std::unique_ptr<Search>> MakeSearch(const SearchOptions& options);

std::vector<std::string> PolicyNames();

}  // namespace kernelevolve
