// Which steps made a run's best kernel fast. Pure.
#pragma once

#include <vector>

#include "engine/finished_run.h"

namespace kernelevolve {

// From one node of the best's lineage to the next.
struct WinningStep {
  const Node* before = nullptr;  // both of the run
  const Node* after = nullptr;
  const Evaluation* stands = nullptr;  // of `after`, by a later stage
  double gain = 0;  // the smallest that any stage saw; 0 for a repair
  bool repair() const { return !before->evaluation.accepted(); }
};

// What the latest stage after search said of a node; null before one.
const Evaluation* Standing(const FinishedRun& run, NodeId node);

// The best's evaluation, if a stage after search has accepted it; else null,
// and nothing at all is known to be good.
const Evaluation* StandingBest(const FinishedRun& run);

// The best's way of descent, root first.
std::vector<const Node*> LineageOfBest(const FinishedRun& run);

// Steps that gained at least kLeastGain at the search stage, by more than both
// intervals, and stood: where the node itself went through a later stage, it is
// still so much faster there, than its parent at such a stage if that went
// through one too; where it did not, the best that was made from it is faster
// than what the step began with. And steps from a rejected kernel to an accepted
// one. None unless the best stands.
std::vector<WinningStep> WinningSteps(const FinishedRun& run);
inline constexpr double kLeastGain = 0.05;

}  // namespace kernelevolve
