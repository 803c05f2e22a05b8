// RetryClient: tries again what may succeed if tried again.
#pragma once

#include <memory>
#include <mutex>

#include "base/clock.h"
#include "base/random.h"
#include "llm/chat_client.h"
#include "llm/sleeper.h"

namespace kernelevolve {

struct RetryOptions {
  int attempts = 6;
  // An answer that cannot be understood, or broke off, has been paid for: the
  // same request seldom does better the third time.
  int attempts_after_answer = 2;
  std::chrono::milliseconds base{1'000};  // doubles with each attempt
  std::chrono::milliseconds cap{60'000};
  // No attempt begins later than this after the first.
  std::chrono::milliseconds max_elapsed{900'000};
};

class RetryClient : public ChatClient {
 public:
  // Clock and sleeper outlive it.
  RetryClient(std::unique_ptr<ChatClient> inner, RetryOptions options,
              const Clock& clock, Sleeper& sleeper, uint64_t seed);
  ChatResult Complete(const ChatRequest& request,
                      const StopCondition& stop) override;

 private:
  int AttemptsFor(ChatErrorKind kind) const;
  // Full jitter: anything from nothing to the doubled base; after a Retry-After
  // that long and up to one base more, so that a crowd does not come back at
  // once.
  Clock::Duration Delay(int attempt, const ChatError& error);

  const std::unique_ptr<ChatClient> inner_;
  const RetryOptions options_;
  const Clock& clock_;
  Sleeper& sleeper_;
  std::mutex mutex_;  // guards random_
  Random random_;
};

}  // namespace kernelevolve
