#include "llm/rate_limit_client.h"

#include <gtest/gtest.h>

#include <numeric>

#include "llm/testing/fake_sleeper.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class RateLimitClientTest : public testing::Test {
 protected:
  std::unique_ptr<RateLimitClient> Make(RateLimits limits,
                                        ScriptedClient::Script script) {
    return std::make_unique<RateLimitClient>(
        std::make_unique<ScriptedClient>(std::move(script)), limits, clock_,
        sleeper_);
  }
  double Waited() const {
    return std::accumulate(sleeper_.waits().begin(), sleeper_.waits().end(),
                           0.0);
  }

  FakeClock clock_;
  FakeSleeper sleeper_{clock_};
  StopCondition stop_;
};

ChatResult Answer(const ChatRequest&, int) { return ReplyOf("a"); }

TEST_F(RateLimitClientTest, RequestsPerMinute) {
  const auto client = Make({60}, Answer);
  for (int i = 0; i < 70; ++i)
    ASSERT_TRUE(client->Complete(RequestOf("x"), stop_));
  // Ten at once, then one a second.
  EXPECT_NEAR(Waited(), 60, 1);
}

TEST_F(RateLimitClientTest, OneAskedToWaitAllWait) {
  const auto client = Make({}, [](const ChatRequest&, int call) -> ChatResult {
    if (call > 0) return ReplyOf("a");
    ChatError error{ChatErrorKind::kRateLimited, "slow"};
    error.retry_after = std::chrono::seconds(9);
    return tl::unexpected<ChatError>(error);
  });
  EXPECT_FALSE(client->Complete(RequestOf("x"), stop_));
  EXPECT_TRUE(client->Complete(RequestOf("y"), stop_));
  EXPECT_EQ(Waited(), 9);
}

TEST_F(RateLimitClientTest, StopsWhileWaiting) {
  const auto client = Make({6}, Answer);
  EXPECT_TRUE(client->Complete(RequestOf("x"), stop_));
  stop_.Request(StopCondition::Reason::kInterrupt);
  EXPECT_EQ(client->Complete(RequestOf("x"), stop_).error().kind,
            ChatErrorKind::kCancelled);
}

}  // namespace
}  // namespace kernelevolve
