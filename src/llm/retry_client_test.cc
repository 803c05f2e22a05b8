#include "llm/retry_client.h"

#include <gtest/gtest.h>

#include "llm/testing/fake_sleeper.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class RetryClientTest : public testing::Test {
 protected:
  // Fails `failures` times with `error`, then answers.
  ChatResult Ask(ChatError error, int failures, RetryOptions options = {}) {
    auto inner = std::make_unique<ScriptedClient>(
        [=, this](const ChatRequest&, int call) -> ChatResult {
          calls_ = call + 1;
          if (call < failures) return tl::unexpected<ChatError>(error);
          return ReplyOf("done");
        });
    return RetryClient(std::move(inner), options, clock_, sleeper_, 1)
        .Complete(RequestOf("x"), stop_);
  }

  FakeClock clock_;
  FakeSleeper sleeper_{clock_};
  StopCondition stop_;
  int calls_ = 0;
};

TEST_F(RetryClientTest, BacksOffWithJitter) {
  ASSERT_TRUE(Ask({ChatErrorKind::kOverloaded, "busy"}, 5));
  ASSERT_EQ(sleeper_.waits().size(), 5u);
  double longest = 1, sum = 0;
  for (const double wait : sleeper_.waits()) {
    EXPECT_LE(wait, longest);
    sum += wait;
    longest *= 2;
  }
  EXPECT_GT(sum, 0);
}

TEST_F(RetryClientTest, GivesUp) {
  const ChatResult result = Ask({ChatErrorKind::kNetwork, "down"}, 99);
  ASSERT_FALSE(result);
  EXPECT_EQ(calls_, 6);
  EXPECT_EQ(result.error().message, "down (after 6 attempts)");
}

TEST_F(RetryClientTest, HonoursRetryAfter) {
  ChatError error{ChatErrorKind::kRateLimited, "slow"};
  error.retry_after = std::chrono::seconds(7);
  ASSERT_TRUE(Ask(error, 1));
  ASSERT_EQ(sleeper_.waits().size(), 1u);
  EXPECT_GE(sleeper_.waits()[0], 7);
  EXPECT_LE(sleeper_.waits()[0], 8);
}

TEST_F(RetryClientTest, ARetryAfterBeyondThePatienceEndsIt) {
  ChatError error{ChatErrorKind::kRateLimited, "tomorrow"};
  error.retry_after = std::chrono::hours(5);
  const ChatResult result = Ask(error, 99);
  ASSERT_FALSE(result);
  EXPECT_EQ(calls_, 1);
  EXPECT_TRUE(sleeper_.waits().empty());
}

TEST_F(RetryClientTest, WhatHelpsNotIsNotRepeated) {
  for (const ChatErrorKind kind :
       {ChatErrorKind::kAuth, ChatErrorKind::kQuota, ChatErrorKind::kBadRequest,
        ChatErrorKind::kContextExceeded, ChatErrorKind::kRefused,
        ChatErrorKind::kBudget, ChatErrorKind::kCancelled}) {
    EXPECT_FALSE(Ask({kind, "no"}, 99));
    EXPECT_EQ(calls_, 1);
  }
}

TEST_F(RetryClientTest, PaidForNonsenseIsRepeatedOnce) {
  EXPECT_FALSE(Ask({ChatErrorKind::kMalformed, "?"}, 99));
  EXPECT_EQ(calls_, 2);
  EXPECT_FALSE(Ask({ChatErrorKind::kTruncated, "?"}, 99));
  EXPECT_EQ(calls_, 2);
}

TEST_F(RetryClientTest, StopsWhileWaiting) {
  stop_.Request(StopCondition::Reason::kInterrupt);
  const ChatResult result = Ask({ChatErrorKind::kOverloaded, "busy"}, 99);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kCancelled);
  EXPECT_EQ(calls_, 1);
}

}  // namespace
}  // namespace kernelevolve
