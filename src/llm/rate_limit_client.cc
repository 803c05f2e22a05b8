#include "llm/rate_limit_client.h"

#include <algorithm>

namespace kernelevolve {

RateLimitClient::RateLimitClient(std::unique_ptr<ChatClient> inner,
                                 RateLimits limits, const Clock& clock,
                                 Sleeper& sleeper)
    : inner_(std::move(inner)), clock_(clock), sleeper_(sleeper) {
  // Ten seconds' worth at once, so that a minute never sees twice its share.
  if (const auto rate = limits.requests_per_minute; rate && *rate > 0)
    requests_.emplace(*rate, *rate / 6, clock.Now());
}

Clock::Duration RateLimitClient::Enter() {
  const std::lock_guard lock(mutex_);
  const Clock::TimePoint now = clock_.Now();
  Clock::Duration wait = std::max(not_before_ - now, Clock::Duration::zero());
  if (requests_) wait = std::max(wait, requests_->Take(1, now));
  return wait;
}

void RateLimitClient::Leave(const ChatResult& result) {
  if (result || !result.error().retry_after) return;
  const std::lock_guard lock(mutex_);
  not_before_ =
      std::max(not_before_, clock_.Now() + *result.error().retry_after);
}

ChatResult RateLimitClient::Complete(const ChatRequest& request,
                                     const StopCondition& stop) {
  const Clock::Duration wait = Enter();
  if (wait > Clock::Duration::zero() && !sleeper_.Sleep(wait, stop))
    return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
  ChatResult result = inner_->Complete(request, stop);
  Leave(result);
  return result;
}

}  // namespace kernelevolve
