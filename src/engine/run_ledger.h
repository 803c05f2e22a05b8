// RunLedger: the counts of a run, for termination rules, observers and summary.
#pragma once

#include "core/prompt_record.h"
#include "engine/observer.h"
#include "engine/run_summary.h"
#include "search/termination.h"

namespace kernelevolve {

// Share of the speed of light over all shapes, as a weighted geometric mean; 0
// where a shape has no bound.
double SpeedOfLight(const Evaluation& evaluation);

// What earlier processes of a resumed run have used.
struct EarlierParts {
  double seconds = 0;
  Spending spending;
  JudgeTime judging;
};

// Owned by the campaign's thread.
class RunLedger {
 public:
  RunLedger(const TerminationOptions& limits, const EarlierParts& earlier);

  // Counts a node. True if it leads now, by its search-stage number. What judging
  // it took is for AddJudging.
  bool Count(const Node& node);
  // A later stage speaks: from then on the best is what it says.
  void SetBest(NodeId node, const Evaluation& evaluation);
  void AddJudging(const JudgeTime& time);
  void AddJudging(const Evaluation& evaluation);
  // Of the run, earlier processes included.
  void SetSpending(const Spending& spending);
  void SetPhase(RunPhase phase, int total);
  void AdvancePhase() { ++phase_done_; }
  // Seconds of this process's part of the run.
  void SetElapsed(double seconds);
  double elapsed() const { return progress_.seconds; }

  Progress& progress() { return progress_; }
  const Progress& progress() const { return progress_; }
  const Spending& spending() const { return spending_; }
  const JudgeTime& judging() const { return judging_; }
  int64_t accepted() const { return accepted_; }
  NodeId best() const { return best_; }

  RunProgress Snapshot(int in_flight) const;
  void Fill(RunSummary& summary) const;

 private:
  double BudgetUsed() const;

  const TerminationOptions limits_;
  const double earlier_seconds_;
  Progress progress_;
  Spending spending_;
  JudgeTime judging_;
  int64_t accepted_ = 0;
  std::map<Code, int64_t> failures_;
  std::map<std::string, LanguageCount> languages_;
  RunPhase phase_ = RunPhase::kSearch;
  int phase_done_ = 0, phase_total_ = 0;
  NodeId best_ = 0;
  Evaluation best_evaluation_;
};

}  // namespace kernelevolve
