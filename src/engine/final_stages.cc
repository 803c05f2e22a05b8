#include "engine/final_stages.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <ranges>

#include "base/digest.h"
#include "base/random.h"
#include "measure/challenge.h"
#include "measure/decision.h"

namespace kernelevolve {
namespace {

// So many times the usual number of candidates are confirmed where the first
// are all rejected; a run whose fifteen best fail with fresh seeds has found
// nothing.
constexpr size_t kPersistence = 3;
// A node whose whole interval lies so far below the leader's need not be
// confirmed: search intervals do not know of differences between processes. The
// leader itself may owe its lead to a moment's noise, so some are in any case.
constexpr double kHopeless = 0.9;
constexpr size_t kInAnyCase = 3;
// The chance that luck alone gives any challenger the incumbent's place.
constexpr double kLuck = 0.05;

measure::Estimate EstimateOf(const Evaluation& evaluation) {
  if (evaluation.process_log_ratios.size() > 1)
    return measure::EstimateFromLogs(evaluation.process_log_ratios);
  // Of a judge that keeps what its interval comes from to itself.
  constexpr double kNormalQuantile = 1.96, kManyDegrees = 1e4;
  measure::Estimate estimate;
  estimate.value = evaluation.speedup;
  estimate.ci = evaluation.speedup_ci;
  estimate.log_error =
      std::log(estimate.ci[1] / estimate.ci[0]) / 2 / kNormalQuantile;
  estimate.df = kManyDegrees;
  return estimate;
}

std::vector<NodeId> BestFirst(std::vector<std::pair<double, NodeId>> speedups) {
  std::ranges::stable_sort(speedups, std::greater(), &std::pair<double, NodeId>::first);
  std::vector<NodeId> nodes;
  for (const auto& [speedup, node] : speedups) nodes.push_back(node);
  return nodes;
}

bool Contains(const std::vector<NodeId>& nodes, NodeId node) {
  return std::ranges::find(nodes, node) != nodes.end();
}

}  // namespace

FinalStages::FinalStages(Campaign& campaign, StageHistory history)
    : campaign_(campaign),
      ranking_(RankNodes(campaign.archive().nodes())),
      history_(std::move(history)) {}

bool FinalStages::Rejected(NodeId node) const {
  for (const Stage stage : {Stage::kConfirm, Stage::kFinal}) {
    const Evaluation* evaluation = LatestOf(history_, node, stage);
    if (evaluation && evaluation->status == VerdictStatus::kReject) return true;
  }
  return false;
}

std::vector<NodeId> FinalStages::NextBatch() {
  const auto most =
      static_cast<size_t>(ConfirmCount(campaign_.ledger().progress().nodes));
  std::vector<NodeId> batch;
  double floor = 0;
  for (const auto& [node, estimate] : ranking_) {
    if (batch.size() == most) break;
    if (taken_.contains(node)) continue;
    const Interval& ci = campaign_.archive()[node].evaluation.speedup_ci;
    if (batch.empty()) floor = kHopeless * ci[0];
    if (batch.size() < kInAnyCase || ci[1] >= floor) batch.push_back(node);
  }
  if (taken_.empty())
    for (const NodeId node : Incumbents())
      if (!Contains(batch, node)) batch.push_back(node);
  taken_.insert(batch.begin(), batch.end());
  return batch;
}

std::vector<NodeId> FinalStages::Incumbents() const {
  std::vector<std::pair<double, NodeId>> passed;
  for (const auto& [node, evaluations] : history_) {
    const Evaluation* final = LatestOf(history_, node, Stage::kFinal);
    if (final && final->accepted()) passed.push_back({final->speedup, node});
  }
  return BestFirst(std::move(passed));
}

Status FinalStages::Evaluate(const std::vector<NodeId>& nodes, Stage stage,
                             const StopCondition& stop) {
  StepRunner& runner = campaign_.runner();
  // One root for all of a batch: expected outputs are computed once.
  const std::string secret = Hex(SecretBytes(32));
  std::map<int64_t, NodeId> in_flight;
  for (const NodeId node : nodes) {
    const int64_t job = next_job_++;
    in_flight[job] = node;
    runner.Evaluate(job, campaign_.archive()[node].candidate, stage, secret);
  }
  while (!in_flight.empty()) {
    RETURN_IF_ERROR(campaign_.Tick(static_cast<int>(in_flight.size())));
    RETURN_IF_ERROR(campaign_.Await(static_cast<int>(in_flight.size())));
    auto done = runner.Wait(stop);
    if (!done) continue;
    const NodeId node = in_flight.extract(done->job).mapped();
    const Evaluated& evaluated = std::get<Evaluated>(done->outcome);
    if (evaluated) {
      RETURN_IF_ERROR(Record(node, *evaluated));
    } else if (evaluated.error().code != ErrorCode::kInterrupted) {
      return Fail(evaluated.error());
    }
  }
  return {};
}

Status FinalStages::Record(NodeId id, const Evaluation& evaluation) {
  const Node& node = campaign_.archive()[id];
  const CampaignParts& parts = campaign_.parts();
  RETURN_IF_ERROR(parts.recorder.RecordStage(node, evaluation));
  history_[id].push_back(evaluation);
  if (evaluation.accepted() || evaluation.status == VerdictStatus::kReject)
    parts.search.Correct(id, evaluation.accepted() ? evaluation.speedup : 0);
  campaign_.ledger().AddJudging(evaluation);
  campaign_.ledger().AdvancePhase();
  parts.observer.OnStage(node, evaluation, campaign_.ledger().Snapshot(0));
  return {};
}

Status FinalStages::Confirm(const std::vector<NodeId>& batch,
                            const StopCondition& stop) {
  std::vector<NodeId> open;
  for (const NodeId node : batch)
    if (!LatestOf(history_, node, Stage::kConfirm)) open.push_back(node);
  if (open.empty()) return {};
  for (const NodeId node : Incumbents())
    if (Contains(batch, node) && !Contains(open, node)) open.push_back(node);
  campaign_.ledger().SetPhase(RunPhase::kConfirm,
                              static_cast<int>(open.size()));
  campaign_.parts().observer.OnPhase(campaign_.ledger().Snapshot(0));
  return Evaluate(open, Stage::kConfirm, stop);
}

const Evaluation* FinalStages::Confirmation(NodeId node) const {
  const auto found = history_.find(node);
  if (found == history_.end()) return nullptr;
  for (const Evaluation& evaluation : found->second | std::views::reverse) {
    if (evaluation.stage != Stage::kConfirm) continue;
    if (evaluation.accepted()) return &evaluation;
    if (evaluation.status == VerdictStatus::kReject) return nullptr;
  }
  return nullptr;
}

std::vector<NodeId> FinalStages::Confirmed(
    const std::vector<NodeId>& batch) const {
  std::vector<std::pair<double, NodeId>> accepted;
  for (const NodeId node : batch)
    if (const Evaluation* confirm = Confirmation(node))
      accepted.push_back({confirm->speedup, node});
  return BestFirst(std::move(accepted));
}

std::vector<NodeId> FinalStages::Contenders(
    const std::vector<NodeId>& confirmed) const {
  std::vector<NodeId> incumbents = Incumbents();
  std::erase_if(incumbents, [&](NodeId node) { return !Confirmation(node); });
  if (incumbents.empty()) return confirmed;
  const measure::Estimate holder = EstimateOf(*Confirmation(incumbents.front()));
  const double margin =
      measure::MarginOf(campaign_.options().targets.device_kind());
  std::vector<NodeId> challengers;
  std::vector<double> chances;
  for (const NodeId node : confirmed) {
    if (Contains(incumbents, node)) continue;
    challengers.push_back(node);
    chances.push_back(
        measure::ChanceOfNoLead(EstimateOf(*Confirmation(node)), holder, margin));
  }
  const std::vector<bool> beats = measure::HolmRejects(chances, kLuck);
  std::vector<NodeId> order, rest;
  for (size_t i = 0; i < challengers.size(); ++i)
    (beats[i] ? order : rest).push_back(challengers[i]);
  order.insert(order.end(), incumbents.begin(), incumbents.end());
  order.insert(order.end(), rest.begin(), rest.end());
  return order;
}

const Evaluation& FinalStages::Standing(NodeId node) const {
  for (const Stage stage : {Stage::kFinal, Stage::kConfirm}) {
    const Evaluation* evaluation = LatestOf(history_, node, stage);
    if (evaluation && evaluation->accepted()) return *evaluation;
  }
  return campaign_.archive()[node].evaluation;
}

Status FinalStages::Lead(NodeId id) {
  const Evaluation& evaluation = Standing(id);
  const Node& node = campaign_.archive()[id];
  campaign_.ledger().SetBest(id, evaluation);
  RETURN_IF_ERROR(campaign_.parts().recorder.RecordBest(&node, &evaluation));
  campaign_.parts().observer.OnBest(node, campaign_.ledger().Snapshot(0));
  return {};
}

Result<bool> FinalStages::Finalize(const std::vector<NodeId>& confirmed,
                                   const StopCondition& stop) {
  for (const NodeId node : confirmed) {
    if (!LatestOf(history_, node, Stage::kFinal)) {
      campaign_.ledger().SetPhase(RunPhase::kFinal, 1);
      RETURN_IF_ERROR(Lead(node));
      campaign_.parts().observer.OnPhase(campaign_.ledger().Snapshot(0));
      RETURN_IF_ERROR(Evaluate({node}, Stage::kFinal, stop));
    }
    const Evaluation* final = LatestOf(history_, node, Stage::kFinal);
    if (!final) return false;  // interrupted
    if (!final->accepted()) continue;
    RETURN_IF_ERROR(Lead(node));
    return true;
  }
  return false;
}

bool FinalStages::Ends(const StopCondition& stop) const {
  return stop.requested() || campaign_.GivenUp();
}

Result<StagesResult> FinalStages::Run(const StopCondition& stop) {
  const size_t most =
      kPersistence *
      static_cast<size_t>(ConfirmCount(campaign_.ledger().progress().nodes));
  while (taken_.size() < most && !Ends(stop)) {
    const std::vector<NodeId> batch = NextBatch();
    if (batch.empty()) break;
    RETURN_IF_ERROR(Confirm(batch, stop));
    if (Ends(stop)) break;
    ASSIGN_OR_RETURN(const bool done, Finalize(Contenders(Confirmed(batch)), stop));
    if (done) break;
  }
  return Conclude(Ends(stop));
}

// One that passed the final stage; else the best confirmed; else the best that
// the stages could say nothing of, or with `unconfirmed` were not asked about.
std::optional<NodeId> FinalStages::Best(bool unconfirmed) const {
  std::vector<NodeId> judged, ranked = Incumbents();
  for (const auto& [node, evaluations] : history_) judged.push_back(node);
  for (const NodeId node : Confirmed(judged))
    if (!Contains(ranked, node)) ranked.push_back(node);
  for (const RankedNode& entry : ranking_)
    if (unconfirmed || history_.contains(entry.node))
      ranked.push_back(entry.node);
  for (const NodeId node : ranked)
    if (!Rejected(node)) return node;
  return std::nullopt;
}

Result<StagesResult> FinalStages::Conclude(bool interrupted) {
  StagesResult result;
  result.best = Best(interrupted);
  result.finals_spent = FinalsSpent(history_);
  for (const auto& [node, evaluations] : history_)
    result.confirmed_candidates +=
        LatestOf(history_, node, Stage::kConfirm) != nullptr;
  if (!result.best) {
    campaign_.ledger().SetBest(0, {});
    RETURN_IF_ERROR(campaign_.parts().recorder.RecordBest(nullptr, nullptr));
    return result;
  }
  if (campaign_.ledger().best() != *result.best)
    RETURN_IF_ERROR(Lead(*result.best));
  if (const Evaluation* confirm = Confirmation(*result.best))
    result.confirmed = *confirm;
  const Evaluation* final = LatestOf(history_, *result.best, Stage::kFinal);
  if (final && final->accepted()) result.final = *final;
  return result;
}

}  // namespace kernelevolve
