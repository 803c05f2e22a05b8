// FinalStages: from many noisy search results to the one number that is
// reported. The top of the ranking is confirmed with fresh seeds; the best
// confirmed node goes through the final stage, once. A node that is rejected
// there is not tried again: the next one is, with a fresh root of seeds. What an
// earlier part of the run has settled on is confirmed again beside the new ones, and
// keeps its place unless one of them is faster (judge.md 3.6).
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/campaign.h"
#include "engine/ranking.h"
#include "engine/run_recorder.h"

namespace kernelevolve {

struct StagesResult {
  std::optional<NodeId> best;
  std::optional<Evaluation> confirmed, final;  // of the best
  int confirmed_candidates = 0;  // in this process and earlier ones
  int finals_spent = 0;          // likewise
};

// Used once, after Campaign::Search, from its thread.
class FinalStages {
 public:
  // `history` holds what earlier processes of the run have done.
  FinalStages(Campaign& campaign, StageHistory history);

  // What there is once `stop` is requested is a result as well.
  Result<StagesResult> Run(const StopCondition& stop);

 private:
  // The top of what is left of the ranking: those that may still be the best.
  std::vector<NodeId> NextBatch();
  // Whether no more results will come to this process.
  bool Ends(const StopCondition& stop) const;
  // Nodes that an earlier part of the run has settled on, the fastest by its final first:
  // that number stays, whatever later confirmations say.
  std::vector<NodeId> Incumbents() const;
  Status Confirm(const std::vector<NodeId>& batch, const StopCondition& stop);
  // Its latest confirmation; null where the last word is a rejection.
  const Evaluation* Confirmation(NodeId node) const;
  // Best confirmed first.
  std::vector<NodeId> Confirmed(const std::vector<NodeId>& batch) const;
  // In the order in which they deserve a final: those that beat the best incumbent
  // beyond luck and margin, the incumbents, the others.
  std::vector<NodeId> Contenders(const std::vector<NodeId>& confirmed) const;
  // True once a node has passed.
  Result<bool> Finalize(const std::vector<NodeId>& confirmed,
                        const StopCondition& stop);
  // Runs one stage of these nodes, all at once; nodes that are interrupted are
  // left without a result.
  Status Evaluate(const std::vector<NodeId>& nodes, Stage stage,
                  const StopCondition& stop);
  Status Record(NodeId node, const Evaluation& evaluation);
  // The latest stage that accepted it.
  const Evaluation& Standing(NodeId node) const;
  Status Lead(NodeId node);
  bool Rejected(NodeId node) const;
  std::optional<NodeId> Best(bool unconfirmed) const;
  Result<StagesResult> Conclude(bool interrupted);

  Campaign& campaign_;
  const std::vector<RankedNode> ranking_;
  StageHistory history_;
  std::set<NodeId> taken_;  // into a batch
  int64_t next_job_ = 1;
};

}  // namespace kernelevolve
