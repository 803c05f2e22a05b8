#include "engine/run_ledger.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace kernelevolve {

std::string_view RunPhaseName(RunPhase phase) {
  switch (phase) {
    case RunPhase::kSearch:
      return "search";
    case RunPhase::kConfirm:
      return "confirm";
    case RunPhase::kFinal:
      return "final";
  }
  return "";
}

const Evaluation* RunSummary::BestEvaluation() const {
  if (final) return &*final;
  if (confirmed) return &*confirmed;
  return best ? &best->evaluation : nullptr;
}

void RunSummary::SetLastFailure(const Node& node) {
  last_failure = format("node {}: {} {}: {}", node.id,
                        StatusName(node.evaluation.status),
                        CodeName(node.evaluation.code),
                        node.evaluation.message);
}

void LanguageCount::Count(const Node& node) {
  ++nodes;
  accepted += node.evaluation.accepted();
  best = std::max(best, node.fitness);
}

double SpeedOfLight(const Evaluation& evaluation) {
  double logs = 0, weights = 0;
  for (const ShapeResult& shape : evaluation.shapes) {
    if (shape.speed_of_light <= 0) return 0;
    logs += shape.weight * std::log(shape.speed_of_light);
    weights += shape.weight;
  }
  return weights > 0 ? std::exp(logs / weights) : 0;
}

RunLedger::RunLedger(const TerminationOptions& limits,
                     const EarlierParts& earlier)
    : limits_(limits), earlier_seconds_(earlier.seconds) {
  SetSpending(earlier.spending);
  AddJudging(earlier.judging);
}

void RunLedger::SetSpending(const Spending& spending) {
  spending_ = spending;
  progress_.dollars = spending_.dollars;
  progress_.tokens = spending_.tokens();
}

bool RunLedger::Count(const Node& node) {
  const double light = SpeedOfLight(node.evaluation);
  const bool leads = node.fitness > progress_.best_fitness;
  progress_.Observe(node.fitness, light);
  languages_[node.candidate.language].Count(node);
  if (node.evaluation.accepted())
    ++accepted_;
  else
    ++failures_[node.evaluation.code];
  if (leads) SetBest(node.id, node.evaluation);
  return leads;
}

void RunLedger::SetBest(NodeId node, const Evaluation& evaluation) {
  best_ = node;
  best_evaluation_ = evaluation;
}

void RunLedger::AddJudging(const JudgeTime& time) {
  judging_.device_s += time.device_s;
  judging_.cpu_s += time.cpu_s;
  progress_.device_seconds = judging_.device_s;
}

void RunLedger::AddJudging(const Evaluation& evaluation) {
  JudgeTime time;
  time.Add(evaluation.phases);
  AddJudging(time);
}

void RunLedger::SetPhase(RunPhase phase, int total) {
  phase_ = phase;
  phase_done_ = 0;
  phase_total_ = total;
}

void RunLedger::SetElapsed(double seconds) {
  progress_.seconds = earlier_seconds_ + seconds;
}

double RunLedger::BudgetUsed() const {
  double used = 0;
  if (limits_.max_nodes > 0)
    used = static_cast<double>(progress_.nodes) /
           static_cast<double>(limits_.max_nodes);
  if (limits_.max_seconds > 0)
    used = std::max(used, progress_.seconds / limits_.max_seconds);
  if (limits_.max_dollars > 0)
    used = std::max(used, progress_.dollars / limits_.max_dollars);
  if (limits_.max_tokens > 0)
    used = std::max(used, static_cast<double>(progress_.tokens) /
                              static_cast<double>(limits_.max_tokens));
  return std::min(used, 1.0);
}

RunProgress RunLedger::Snapshot(int in_flight) const {
  RunProgress snapshot;
  snapshot.phase = phase_;
  snapshot.nodes = progress_.nodes;
  snapshot.accepted = accepted_;
  snapshot.failures = failures_;
  snapshot.in_flight = in_flight;
  snapshot.phase_done = phase_done_;
  snapshot.phase_total = phase_total_;
  snapshot.elapsed_s = progress_.seconds;
  snapshot.spending = spending_;
  snapshot.budget_used = BudgetUsed();
  snapshot.best = best_;
  snapshot.best_stage = best_evaluation_.stage;
  snapshot.best_speedup = best_evaluation_.speedup;
  snapshot.best_ci = best_evaluation_.speedup_ci;
  snapshot.best_speed_of_light = SpeedOfLight(best_evaluation_);
  if (progress_.seconds > 0)
    snapshot.device_busy = progress_.device_seconds / progress_.seconds;
  return snapshot;
}

void RunLedger::Fill(RunSummary& summary) const {
  summary.nodes = progress_.nodes;
  summary.accepted = accepted_;
  summary.failures = failures_;
  summary.languages = languages_;
  summary.elapsed_s = progress_.seconds;
  summary.spending = spending_;
  summary.judging = judging_;
}

}  // namespace kernelevolve
