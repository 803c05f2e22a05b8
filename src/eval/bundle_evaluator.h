// BundleEvaluator: an evaluator whose judge stands behind an air gap. Requests
// are collected and written as bundles; somebody carries them, runs
// `kernelevolve-worker run-bundle` on them, and carries the results back.
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "base/clock.h"
#include "eval/bundle_book.h"

namespace kernelevolve {

struct BundleOptions {
  BundleBookOptions book;
  // How long to wait for results once all that can be asked was; 0: not at all.
  double wait_minutes = 0;
};

class BundleEvaluator : public DeferredEvaluator {
 public:
  // `clock` outlives it.
  static Result<std::unique_ptr<BundleEvaluator>> Create(
      const BundleOptions& options, const Clock& clock);

  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override;
  Status Turn(int in_flight,
              const std::function<Status()>& before_sending) override;
  int unanswered() const override;
  std::string GivenUp() const override;
  std::vector<std::string> TakeNotes() override;
  JudgingMachine MachineOf(const std::string& candidate_id,
                           Stage stage) const override;

 private:
  // One call of Evaluate; lives in its frame.
  struct Call {
    const EvaluationRequest& request;
    const BundleBook::Key key;
    std::optional<Evaluation> answer;
  };

  BundleEvaluator(const BundleOptions& options, BundleBook book,
                  const Clock& clock)
      : options_(options), clock_(clock), book_(std::move(book)) {}
  int Deliver();
  Status Send(bool all, const std::function<Status()>& before_sending);
  void CheckPatience();

  const BundleOptions options_;
  const Clock& clock_;
  mutable std::mutex mutex_;  // of all that follows
  std::condition_variable changed_;
  BundleBook book_;
  std::vector<Call*> calls_;
  std::optional<Clock::TimePoint> waiting_since_;
  std::string given_up_;
};

}  // namespace kernelevolve
