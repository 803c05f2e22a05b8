#include "llm/rate_limit_client.h"

#include <algorithm>

#include "llm/token_estimate.h"

namespace kernelevolve {

RateLimitClient::RateLimitClient(std::unique_ptr<ChatClient> inner,
                                 RateLimits limits, const Clock& clock,
                                 Sleeper& sleeper)
    : inner_(std::move(inner)), clock_(clock), sleeper_(sleeper) {
  // Of requests ten seconds' worth at once, so that a minute never sees twice
  // its share. Of tokens a minute's worth: one call alone may set that aside,
  // and most of it comes back.
  if (const auto rate = limits.requests_per_minute; rate && *rate > 0)
    requests_.emplace(*rate, *rate / 6, clock.Now());
  if (const auto rate = limits.tokens_per_minute; rate && *rate > 0)
    tokens_.emplace(*rate, *rate, clock.Now());
}

Clock::Duration RateLimitClient::Enter(int64_t tokens) {
  const std::lock_guard lock(mutex_);
  const Clock::TimePoint now = clock_.Now();
  Clock::Duration wait = std::max(not_before_ - now, Clock::Duration::zero());
  if (requests_) wait = std::max(wait, requests_->Take(1, now));
  if (tokens_)
    wait = std::max(wait, tokens_->Take(static_cast<double>(tokens), now));
  return wait;
}

void RateLimitClient::Leave(int64_t tokens, const ChatResult& result) {
  const std::lock_guard lock(mutex_);
  if (result) {
    const int64_t unused = tokens - result->usage.total();
    if (tokens_ && unused > 0) tokens_->Return(static_cast<double>(unused));
  } else if (result.error().retry_after) {
    not_before_ =
        std::max(not_before_, clock_.Now() + *result.error().retry_after);
  }
}

ChatResult RateLimitClient::Complete(const ChatRequest& request,
                                     const StopCondition& stop) {
  const int64_t tokens = EstimatePromptTokens(request) + request.max_tokens;
  const Clock::Duration wait = Enter(tokens);
  if (wait > Clock::Duration::zero() && !sleeper_.Sleep(wait, stop))
    return ChatFailure(ChatErrorKind::kCancelled, "cancelled");
  ChatResult result = inner_->Complete(request, stop);
  Leave(tokens, result);
  return result;
}

}  // namespace kernelevolve
