#include "llm/budget.h"

#include <gtest/gtest.h>

#include <thread>

namespace kernelevolve {
namespace {

// A dollar per thousand tokens of answer, prompts are free.
constexpr Price kPrice{0, 0, 1000};

BudgetLedger::Ask AskFor(int64_t max_tokens, int64_t least = 1) {
  return {0, max_tokens, least, kPrice};
}

TEST(BudgetTest, SumsAreExact) {
  EXPECT_EQ(CostOf({1'000'000, 400'000, 1'000'000}, {1.25, 0.125, 10}),
            10'800'000'000'000);
  EXPECT_EQ(PerToken(0.0375), 37'500);
}

TEST(BudgetTest, TheWorstCaseMustFitAndTheRestComesBack) {
  const StopCondition stop;
  BudgetLedger ledger({1.0, {}});
  const auto grant = ledger.Reserve(AskFor(800), stop);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->worst.output, 800);
  EXPECT_DOUBLE_EQ(ledger.Settle(*grant, {0, 0, 300}), 0.3);
  // 700 are left: an answer of 800 is cut to them.
  const auto second = ledger.Reserve(AskFor(800, 500), stop);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->worst.output, 700);
  ledger.Settle(*second, {0, 0, 700});
  const auto third = ledger.Reserve(AskFor(800), stop);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().kind, ChatErrorKind::kBudget);
  EXPECT_DOUBLE_EQ(ledger.totals().spent.dollars, 1.0);
  EXPECT_EQ(ledger.totals().spent.calls, 2);
}

TEST(BudgetTest, ShortAnswersOfNoUseAreNotBought) {
  const StopCondition stop;
  BudgetLedger ledger({1.0, {}});
  EXPECT_FALSE(ledger.Reserve(AskFor(5000, 1001), stop));
  EXPECT_TRUE(ledger.Reserve(AskFor(5000, 1000), stop));
}

TEST(BudgetTest, TokensAreCappedToo) {
  const StopCondition stop;
  BudgetLedger ledger({{}, 1000});
  BudgetLedger::Ask ask{600, 500, 100, {}};
  const auto grant = ledger.Reserve(ask, stop);
  ASSERT_TRUE(grant);
  EXPECT_EQ(grant->worst.output, 400);
  ledger.Settle(*grant, {600, 0, 10});
  EXPECT_FALSE(ledger.Reserve(ask, stop));
}

TEST(BudgetTest, WaitsForCallsInFlight) {
  const StopCondition stop;
  BudgetLedger ledger({1.0, {}});
  const auto first = ledger.Reserve(AskFor(900), stop);
  ASSERT_TRUE(first);
  std::thread settle([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(80));
    ledger.Settle(*first, {0, 0, 100});
  });
  const auto second = ledger.Reserve(AskFor(900), stop);
  settle.join();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->worst.output, 900);
}

TEST(BudgetTest, AStopEndsTheWait) {
  StopCondition stop;
  BudgetLedger ledger({1.0, {}});
  ASSERT_TRUE(ledger.Reserve(AskFor(900), stop));
  std::thread later([&] { stop.Request(StopCondition::Reason::kInterrupt); });
  const auto second = ledger.Reserve(AskFor(900), stop);
  later.join();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ChatErrorKind::kCancelled);
}

TEST(BudgetTest, AResumedRunHasSpentAlready) {
  const StopCondition stop;
  BudgetLedger ledger({1.0, {}});
  Spending earlier;
  earlier.dollars = 0.75;
  earlier.calls = 3;
  ledger.Add(earlier);
  EXPECT_FALSE(ledger.Reserve(AskFor(300, 300), stop));
  EXPECT_EQ(ledger.totals().spent.calls, 3);
}

TEST(BudgetTest, WhatIsCommittedIsWhatADeathNowWouldHaveCost) {
  const StopCondition stop;
  BudgetLedger ledger({1.0, {}});
  BudgetLedger::Ask ask = AskFor(400);
  ask.prompt_tokens = 30;
  const auto first = ledger.Reserve(ask, stop);
  const auto second = ledger.Reserve(ask, stop);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(ledger.totals().spent, Spending());
  const auto expect_committed = [&](const Spending& expected) {
    Spending committed = ledger.totals().committed();
    EXPECT_DOUBLE_EQ(committed.dollars, expected.dollars);
    committed.dollars = expected.dollars;
    EXPECT_EQ(committed, expected);
  };
  expect_committed({2, 60, 0, 800, 0.8, 0});
  ledger.Settle(*first, {20, 5, 100}, 2.5);
  expect_committed({2, 50, 5, 500, 0.5, 2.5});
  // It never left: no call, no cost.
  ledger.Release(*second);
  expect_committed({1, 20, 5, 100, 0.1, 2.5});
  EXPECT_EQ(ledger.totals().committed(), ledger.totals().spent);
}

TEST(BudgetTest, NoCapNoRefusal) {
  const StopCondition stop;
  BudgetLedger ledger({});
  EXPECT_TRUE(ledger.Reserve(AskFor(1'000'000'000), stop));
}

}  // namespace
}  // namespace kernelevolve
