#include "engine/distil_steps.h"

#include <algorithm>
#include <map>

namespace kernelevolve {
namespace {

// A cycle is no lineage, whatever a damaged store says.
constexpr size_t kLongestLineage = 10'000;

double Gain(const Evaluation& before, const Evaluation& after) {
  return before.speedup > 0 ? after.speedup / before.speedup - 1 : 0;
}

bool BeyondNoise(const Evaluation& before, const Evaluation& after) {
  const bool known = before.speedup_ci[1] > 0;
  return known && after.speedup_ci[0] > before.speedup_ci[1];
}

// Fills in what a later stage says; false where that speaks against it.
bool Stood(const FinishedRun& run, WinningStep& step) {
  step.stands = Standing(run, step.after->id);
  if (!step.stands)
    return StandingBest(run)->speedup_ci[0] > step.before->evaluation.speedup;
  if (!step.stands->accepted()) return false;
  if (step.repair()) return true;
  const Evaluation* before = Standing(run, step.before->id);
  const bool comparable = before && before->accepted();
  step.gain = std::min(
      step.gain,
      Gain(comparable ? *before : step.before->evaluation, *step.stands));
  return step.gain >= kLeastGain;
}

}  // namespace

const Evaluation* Standing(const FinishedRun& run, NodeId node) {
  const Evaluation* final = LatestOf(run.stages, node, Stage::kFinal);
  return final ? final : LatestOf(run.stages, node, Stage::kConfirm);
}

const Evaluation* StandingBest(const FinishedRun& run) {
  if (!run.summary.best) return nullptr;
  const Evaluation* stands = Standing(run, run.summary.best->id);
  return stands && stands->accepted() ? stands : nullptr;
}

std::vector<const Node*> LineageOfBest(const FinishedRun& run) {
  std::map<NodeId, const Node*> by_id;
  for (const Node& node : run.nodes) by_id[node.id] = &node;
  std::vector<const Node*> lineage;
  auto it = run.summary.best ? by_id.find(run.summary.best->id) : by_id.end();
  while (it != by_id.end() && lineage.size() < kLongestLineage) {
    const Node* node = it->second;
    lineage.push_back(node);
    it = node->parents.empty() ? by_id.end() : by_id.find(node->parents[0]);
  }
  std::reverse(lineage.begin(), lineage.end());
  return lineage;
}

std::vector<WinningStep> WinningSteps(const FinishedRun& run) {
  std::vector<WinningStep> steps;
  if (!StandingBest(run)) return steps;
  const std::vector<const Node*> lineage = LineageOfBest(run);
  for (size_t i = 1; i < lineage.size(); ++i) {
    WinningStep step{lineage[i - 1], lineage[i]};
    const Evaluation& before = step.before->evaluation;
    const Evaluation& after = step.after->evaluation;
    if (!after.accepted()) continue;
    if (!step.repair()) step.gain = Gain(before, after);
    const bool gained = step.gain >= kLeastGain && BeyondNoise(before, after);
    if ((step.repair() || gained) && Stood(run, step)) steps.push_back(step);
  }
  return steps;
}

}  // namespace kernelevolve
