#include "eval/bundle_evaluator.h"

#include <algorithm>
#include <chrono>

#include "base/format.h"

namespace kernelevolve {

// How long an interrupt may go unnoticed.
static constexpr std::chrono::milliseconds kMoment{50};

Result<std::unique_ptr<BundleEvaluator>> BundleEvaluator::Create(
    const BundleOptions& options, const Clock& clock) {
  ASSIGN_OR_RETURN(BundleBook book, BundleBook::Open(options.book));
  return std::unique_ptr<BundleEvaluator>(
      new BundleEvaluator(options, std::move(book), clock));
}

Result<Evaluation> BundleEvaluator::Evaluate(const EvaluationRequest& request,
                                             const StopCondition& stop) {
  Call call{request,
            BundleBook::KeyOf(request.candidate.Id(), request.stage,
                              request.build_only),
            {}};
  std::unique_lock lock(mutex_);
  calls_.push_back(&call);
  while (!call.answer && !stop.requested() && given_up_.empty())
    changed_.wait_for(lock, kMoment);
  std::erase(calls_, &call);
  if (call.answer) return *std::move(call.answer);
  return Fail(ErrorCode::kInterrupted,
              given_up_.empty() ? "interrupted" : given_up_);
}

// How many are left without an answer.
int BundleEvaluator::Deliver() {
  int left = 0;
  for (Call* call : calls_) {
    if (!call->answer) call->answer = book_.Take(call->key);
    if (!call->answer) book_.Ask(call->key, call->request);
    left += !call->answer;
  }
  changed_.notify_all();
  return left;
}

Status BundleEvaluator::Send(bool all,
                             const std::function<Status()>& before_sending) {
  while (book_.to_write() >= (all ? 1 : options_.book.bundle_size)) {
    RETURN_IF_ERROR(before_sending());
    RETURN_IF_ERROR(book_.WriteOne());
    waiting_since_ = clock_.Now();
  }
  return {};
}

Status BundleEvaluator::Turn(int in_flight,
                             const std::function<Status()>& before_sending) {
  const std::lock_guard lock(mutex_);
  RETURN_IF_ERROR(book_.Poll());
  const int left = Deliver();
  const bool all_wait = left > 0 && left >= in_flight;
  RETURN_IF_ERROR(Send(all_wait, before_sending));
  if (all_wait)
    CheckPatience();
  else
    waiting_since_.reset();
  return {};
}

void BundleEvaluator::CheckPatience() {
  if (!waiting_since_) waiting_since_ = clock_.Now();
  if (SecondsSince(clock_, *waiting_since_) < 60 * options_.wait_minutes)
    return;
  const std::string folder = options_.book.folder.string();
  given_up_ = format(
      "waiting for results of {} in {}; where they are to be judged: "
      "kernelevolve-worker run-bundle {}; then resume",
      book_.OpenOnes(), folder, folder);
  changed_.notify_all();
}

int BundleEvaluator::unanswered() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(std::count_if(
      calls_.begin(), calls_.end(),
      [](const Call* call) { return !call->answer; }));
}

std::string BundleEvaluator::GivenUp() const {
  const std::lock_guard lock(mutex_);
  return given_up_;
}

std::vector<std::string> BundleEvaluator::TakeNotes() {
  const std::lock_guard lock(mutex_);
  return book_.TakeNotes();
}

JudgingMachine BundleEvaluator::MachineOf(const std::string& candidate_id,
                                          Stage stage) const {
  const std::lock_guard lock(mutex_);
  return book_.MachineOf(candidate_id, stage);
}

}  // namespace kernelevolve
