#include "llm/budget_client.h"

#include <gtest/gtest.h>

#include "llm/retry_client.h"
#include "llm/testing/fake_sleeper.h"
#include "llm/testing/scripted_client.h"

namespace kernelevolve {
namespace {

class BudgetClientTest : public testing::Test {
 protected:
  ChatResult Ask(ChatResult answer, int64_t max_tokens = 100) {
    auto inner = std::make_unique<ScriptedClient>(
        [=, this](const ChatRequest& request, int) {
          asked_ = request.max_tokens;
          return answer;
        });
    BudgetClient client(std::move(inner), ledger_, {{0, 0, 1000}, 50}, clock_);
    ChatRequest request = RequestOf("x");
    request.max_tokens = max_tokens;
    return client.Complete(request, stop_);
  }
  static ChatResult Failure(ChatErrorKind kind, bool may_have_cost) {
    ChatError error{kind, "no"};
    error.may_have_cost = may_have_cost;
    return tl::unexpected<ChatError>(error);
  }

  std::shared_ptr<BudgetLedger> ledger_ =
      std::make_shared<BudgetLedger>(BudgetLimits{1.0, {}});
  FakeClock clock_;
  StopCondition stop_;
  int64_t asked_ = 0;
};

TEST_F(BudgetClientTest, ChargesWhatWasUsed) {
  const ChatResult result = Ask(ReplyOf("a", {10, 0, 40, false}));
  ASSERT_TRUE(result);
  EXPECT_DOUBLE_EQ(result->dollars, 0.04);
  EXPECT_DOUBLE_EQ(ledger_->totals().spent.dollars, 0.04);
  EXPECT_EQ(ledger_->totals().estimated_calls, 0);
}

TEST_F(BudgetClientTest, FailuresCostWhatTheyMayHaveCost) {
  EXPECT_FALSE(Ask(Failure(ChatErrorKind::kAuth, false)));
  EXPECT_EQ(ledger_->totals().spent.dollars, 0);
  EXPECT_FALSE(Ask(Failure(ChatErrorKind::kTimeout, true)));
  EXPECT_DOUBLE_EQ(ledger_->totals().spent.dollars, 0.1);
  EXPECT_EQ(ledger_->totals().estimated_calls, 1);
  ChatError refused{ChatErrorKind::kRefused, "no"};
  refused.usage = Usage{10, 0, 7, false};
  EXPECT_FALSE(Ask(tl::unexpected<ChatError>(refused)));
  EXPECT_DOUBLE_EQ(ledger_->totals().spent.dollars, 0.107);
}

TEST_F(BudgetClientTest, LowersTheLimitOfTheLastAnswer) {
  ASSERT_TRUE(Ask(ReplyOf("a", {10, 0, 900, false}), 1000));
  ASSERT_TRUE(Ask(ReplyOf("a", {10, 0, 60, false}), 1000));
  EXPECT_EQ(asked_, 100);
  const ChatResult result = Ask(ReplyOf("a"), 1000);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ChatErrorKind::kBudget);
}

TEST_F(BudgetClientTest, LearnsThatMaxTokensIsNotObeyed) {
  auto inner = std::make_unique<ScriptedClient>(
      [](const ChatRequest& request, int) -> ChatResult {
        return ReplyOf("a", {10, 0, 2 * request.max_tokens, false});
      });
  BudgetClient client(std::move(inner), ledger_, {{0, 0, 1000}, 50}, clock_);
  ChatRequest request = RequestOf("x");
  request.max_tokens = 150;
  int calls = 0;
  while (client.Complete(request, stop_)) ++calls;
  // 300, 300, 300, and 100 for a limit of 50.
  EXPECT_EQ(calls, 4);
  EXPECT_DOUBLE_EQ(ledger_->totals().spent.dollars, 1.0);
}

TEST_F(BudgetClientTest, WhatNeverArrivedIsNoCall) {
  ASSERT_FALSE(Ask(Failure(ChatErrorKind::kNetwork, false)));
  ASSERT_FALSE(Ask(Failure(ChatErrorKind::kLocal, false)));
  EXPECT_EQ(ledger_->totals().spent, Spending());
  EXPECT_EQ(ledger_->totals().in_flight, 0);
}

TEST_F(BudgetClientTest, AnAnswerCarriesWhatItsFailedAttemptsWereCharged) {
  auto inner = std::make_unique<ScriptedClient>(
      [](const ChatRequest&, int call) -> ChatResult {
        if (call < 2) return Failure(ChatErrorKind::kTimeout, true);
        return ReplyOf("a", {10, 0, 40, false});
      });
  FakeSleeper sleeper(clock_);
  RetryClient client(
      std::make_unique<BudgetClient>(
          std::move(inner), ledger_,
          BudgetClientOptions{{0, 0, 1000}, 50}, clock_),
      {}, clock_, sleeper, 1);
  const ChatResult result = client.Complete(RequestOf("x"), stop_);
  ASSERT_TRUE(result);
  EXPECT_DOUBLE_EQ(result->dollars, 0.04);
  const Charge charge = ChargeOf(result);
  EXPECT_EQ(charge.calls, 3);
  EXPECT_EQ(charge.usage.output, 100 + 100 + 40);
  EXPECT_DOUBLE_EQ(charge.dollars, ledger_->totals().spent.dollars);
}

TEST_F(BudgetClientTest, RefusalsAreNoCalls) {
  ASSERT_TRUE(Ask(ReplyOf("a", {10, 0, 1000, false}), 1000));
  const ChatResult refused = Ask(ReplyOf("a"), 1000);
  ASSERT_FALSE(refused);
  EXPECT_EQ(ChargeOf(refused).calls, 0);
  EXPECT_EQ(ledger_->totals().spent.calls, 1);
}

}  // namespace
}  // namespace kernelevolve
