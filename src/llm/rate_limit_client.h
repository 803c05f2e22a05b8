// RateLimitClient: keeps below a provider's limits, and stays quiet for
// everyone once the provider has asked anyone to.
#pragma once

#include <memory>
#include <mutex>
#include <optional>

#include "llm/chat_client.h"
#include "llm/sleeper.h"
#include "llm/token_bucket.h"

namespace kernelevolve {

// Nothing, or 0: no limit of ours.
struct RateLimits {
  std::optional<double> requests_per_minute;
};

class RateLimitClient : public ChatClient {
 public:
  // Clock and sleeper outlive it.
  RateLimitClient(std::unique_ptr<ChatClient> inner, RateLimits limits,
                  const Clock& clock, Sleeper& sleeper);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  Clock::Duration Enter();
  void Leave(const ChatResult& result);

  const std::unique_ptr<ChatClient> inner_;
  const Clock& clock_;
  Sleeper& sleeper_;
  std::mutex mutex_;  // guards the rest
  std::optional<TokenBucket> requests_;
  Clock::TimePoint not_before_{};
};

}  // namespace kernelevolve
