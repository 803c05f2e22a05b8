#include "llm/retry_client.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve {

RetryClient::RetryClient(std::unique_ptr<ChatClient> inner,
                         RetryOptions options, const Clock& clock,
                         Sleeper& sleeper, uint64_t seed)
    : inner_(std::move(inner)),
      options_(options),
      clock_(clock),
      sleeper_(sleeper),
      random_(seed) {}

int RetryClient::AttemptsFor(ChatErrorKind kind) const {
  const bool after_answer = kind == ChatErrorKind::kMalformed ||
                            kind == ChatErrorKind::kTruncated;
  return after_answer ? std::min(options_.attempts_after_answer,
                                 options_.attempts)
                      : options_.attempts;
}

Clock::Duration RetryClient::Delay(int attempt, const ChatError& error) {
  const std::lock_guard lock(mutex_);
  const auto part = [this](std::chrono::milliseconds whole) {
    return std::chrono::duration_cast<Clock::Duration>(whole *
                                                       random_.Uniform());
  };
  if (error.retry_after) return *error.retry_after + part(options_.base);
  std::chrono::milliseconds longest = options_.base;
  for (int i = 1; i < attempt && longest < options_.cap; ++i) longest *= 2;
  return part(std::min(longest, options_.cap));
}

ChatResult RetryClient::Complete(const ChatRequest& request,
                                 const StopCondition& stop) {
  const Clock::TimePoint start = clock_.Now();
  Charge earlier;
  for (int attempt = 1;; ++attempt) {
    ChatResult result = inner_->Complete(request, stop);
    if (attempt > 1) AddCharge(earlier, result);
    if (result || !result.error().retryable()) return result;
    ChatError& error = result.error();
    const Clock::Duration delay = Delay(attempt, error);
    const bool late = clock_.Now() - start + delay > options_.max_elapsed;
    if (late || attempt >= AttemptsFor(error.kind)) {
      if (attempt > 1) error.message += format(" (after {} attempts)", attempt);
      return result;
    }
    earlier = ChargeOf(result);
    if (sleeper_.Sleep(delay, stop)) continue;
    result = ChatFailure(ChatErrorKind::kCancelled, "cancelled");
    AddCharge(earlier, result);
    return result;
  }
}

}  // namespace kernelevolve
