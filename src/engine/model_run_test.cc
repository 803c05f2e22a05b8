// A campaign whose kernels come from a model: its book, its end, its leftovers.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "engine/campaign.h"
#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"
#include "store/memory_store.h"

namespace kernelevolve {
namespace {

bool Slept(const StopCondition& stop, int milliseconds) {
  for (int i = 0; i < milliseconds && !stop.requested(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return !stop.requested();
}

// Says what a test wants, and keeps a book.
class FakeModel : public Proposer {
 public:
  using Say = std::function<Proposal(int call, const StopCondition&)>;
  explicit FakeModel(Say say) : say_(std::move(say)) {}

  Result<std::optional<Proposal>> Propose(const ProposalRequest&,
                                          const StopCondition& stop) override {
    return say_(calls_++, stop);
  }
  std::optional<ModelBook> Book() const override { return book; }
  int calls() const { return calls_; }

  ModelBook book;

 private:
  const Say say_;
  std::atomic<int> calls_{0};
};

PromptRecord Paid() {
  PromptRecord prompt;
  prompt.purpose = "propose";
  prompt.model = "fake";
  prompt.messages = {{"user", "write"}, {"assistant", "written"}};
  prompt.input_tokens = 100;
  prompt.dollars = 0.25;
  return prompt;
}

Proposal KernelOf(int number) {
  Proposal proposal;
  proposal.candidate = {"cpp", "// " + std::to_string(number), {}, ""};
  proposal.prompts = {Paid()};
  return proposal;
}

Proposal BrokenOff() {
  Proposal proposal;
  proposal.prompts = {Paid()};
  proposal.trouble = Error{ErrorCode::kInterrupted, "cancelled"};
  return proposal;
}

// Time passes when a test says so.
class ToldClock : public SystemClock {
 public:
  TimePoint Now() const override {
    return TimePoint() + std::chrono::seconds(seconds_);
  }
  void Pass(int64_t seconds) { seconds_ += seconds; }

 private:
  std::atomic<int64_t> seconds_{0};
};

class ModelRunTest : public testing::Test {
 protected:
  std::unique_ptr<Campaign> Make(FakeModel& model, Evaluator& evaluator,
                                 TerminationOptions limits) {
    CampaignOptions options{ToyTask(), ToyTarget(), std::string(64, 'a'), 2};
    options.limits = limits;
    search_ = *MakeSearch({.tune = false});
    CampaignParts parts{model,     evaluator, *search_,
                        recorder_, observer_, clock_};
    parts.pending = &pending_;
    return std::make_unique<Campaign>(std::move(options), parts);
  }

  const TempFolder folder_ = *TempFolder::Create("model-run");
  PendingSteps pending_{folder_.path() / "pending.json"};
  std::unique_ptr<Search> search_;
  std::unique_ptr<Store> store_ = MakeMemoryStore();
  RunRecorder recorder_{*store_, {}, {}, {}, nullptr};
  Observer observer_;
  ToldClock clock_;
  StopCondition stop_;
};

TEST_F(ModelRunTest, TheRunsLineIsTheModelsBook) {
  FakeModel model([](int call, const StopCondition&) { return KernelOf(call); });
  model.book.spent = {7, 1000, 0, 500, 0.5, 3};
  model.book.reserved = {1, 100, 0, 900, 0.125, 0};
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(1); });
  const auto campaign = Make(model, evaluator, {.max_nodes = 2});
  ASSERT_TRUE(campaign->Search(stop_));
  const RunRecord run = **store_->FindRun();
  EXPECT_EQ(run.spending, (Spending{8, 1100, 0, 1400, 0.625, 3}));
  // What is in flight is no reason to end yet.
  EXPECT_EQ(campaign->ledger().spending(), model.book.spent);
  EXPECT_DOUBLE_EQ(campaign->ledger().progress().dollars, 0.5);
}

TEST_F(ModelRunTest, TheBookIsKeptWhenAModelEndsTheRun) {
  struct Counted : FakeModel {
    using FakeModel::FakeModel;
    std::optional<ModelBook> Book() const override {
      ModelBook counted;
      counted.spent.calls = calls();
      return counted;
    }
  } model([](int, const StopCondition&) {
    Proposal proposal = BrokenOff();
    proposal.trouble = Error{ErrorCode::kMissing, "401"};
    return proposal;
  });
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(1); });
  const auto campaign = Make(model, evaluator, {.max_nodes = 1});
  EXPECT_FALSE(campaign->Search(stop_));
  EXPECT_EQ((**store_->FindRun()).spending.calls, 1);
}

TEST_F(ModelRunTest, TimeIsUpForAModelThatDoesNotAnswer) {
  FakeModel model([this](int call, const StopCondition& stop) {
    if (call == 1) clock_.Pass(100);  // both have been asked
    return Slept(stop, 60'000) ? KernelOf(0) : BrokenOff();
  });
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(1); });
  const auto campaign = Make(model, evaluator, {.max_seconds = 100});
  const auto reason = campaign->Search(stop_);
  ASSERT_TRUE(reason) << reason.error().message;
  EXPECT_EQ(reason->rule, "seconds");
  // What was said and paid for until then is kept.
  EXPECT_EQ(store_->FindPrompts(0)->size(), 2u);
}

TEST_F(ModelRunTest, AKernelThatWasNotJudgedIsNotMadeAgain) {
  struct Hanging : FakeEvaluator {
    using FakeEvaluator::FakeEvaluator;
    Result<Evaluation> Evaluate(const EvaluationRequest&,
                                const StopCondition& stop) override {
      begun = true;
      Slept(stop, 60'000);
      return Fail(ErrorCode::kInterrupted, "interrupted");
    }
    std::atomic<bool> begun{false};
  } hanging([](const EvaluationRequest&) { return FakeAccepted(1); });
  FakeModel model([](int call, const StopCondition&) { return KernelOf(call); });
  {
    const auto campaign = Make(model, hanging, {.max_nodes = 2});
    std::thread interrupt([&] {
      while (!hanging.begun) std::this_thread::yield();
      stop_.Request(StopCondition::Reason::kInterrupt);
    });
    ASSERT_TRUE(campaign->Search(stop_));
    interrupt.join();
  }
  const int made = model.calls();
  const auto left = pending_.Read();
  ASSERT_TRUE(left) << left.error().message;
  ASSERT_EQ(static_cast<int>(left->size()), made);
  ASSERT_EQ((*left)[0].prompts.size(), 1u);
  EXPECT_EQ((*left)[0].prompts[0].messages[1].text, "written");

  StopCondition calm;
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(1); });
  const auto campaign = Make(model, evaluator, {.max_nodes = made});
  campaign->AddPending(*left);
  ASSERT_TRUE(campaign->Search(calm));
  EXPECT_EQ(model.calls(), made);
  EXPECT_EQ(campaign->archive().nodes().size(), left->size());
  EXPECT_DOUBLE_EQ(store_->FindSpending(1)->dollars, 0.25);
  EXPECT_TRUE(pending_.Read()->empty());
}

// It was at work with tools, and had something that builds.
TEST_F(ModelRunTest, WhatAStoppedModelHandsOverIsKept) {
  FakeModel model([this](int call, const StopCondition& stop) {
    if (call == 1) clock_.Pass(100);
    Slept(stop, 60'000);
    return KernelOf(call);
  });
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(1); });
  const auto campaign = Make(model, evaluator, {.max_seconds = 100});
  ASSERT_TRUE(campaign->Search(stop_));
  EXPECT_TRUE(campaign->archive().nodes().empty());
  EXPECT_EQ(static_cast<int>(pending_.Read()->size()), model.calls());
}

TEST_F(ModelRunTest, AJudgeThatBreaksLosesNoKernelThatWasPaidFor) {
  struct Broken : FakeEvaluator {
    using FakeEvaluator::FakeEvaluator;
    Result<Evaluation> Evaluate(const EvaluationRequest&,
                                const StopCondition&) override {
      return Missing("g++ is gone");
    }
  } broken([](const EvaluationRequest&) { return FakeAccepted(1); });
  FakeModel model([](int call, const StopCondition& stop) {
    return call == 0 || Slept(stop, 60'000) ? KernelOf(call) : BrokenOff();
  });
  const auto campaign = Make(model, broken, {.max_nodes = 2});
  EXPECT_FALSE(campaign->Search(stop_));
  EXPECT_EQ(pending_.Read()->size(), 1u);
}

TEST_F(ModelRunTest, AModelThatNeverAnswersEndsTheRunSoon) {
  FakeModel model([](int call, const StopCondition&) {
    Proposal proposal = KernelOf(call);
    proposal.failed = Evaluation();
    proposal.failed->status = VerdictStatus::kHarnessError;
    proposal.failed->code = Code::kModelLost;
    proposal.failed->message = "HTTP 500: oops";
    return proposal;
  });
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(1); });
  const auto campaign = Make(model, evaluator, {.max_nodes = 50});
  const auto reason = campaign->Search(stop_);
  ASSERT_FALSE(reason);
  EXPECT_EQ(reason.error().code, ErrorCode::kInfrastructure);
  EXPECT_NE(reason.error().message.find("HTTP 500: oops"), std::string::npos);
  EXPECT_EQ(campaign->archive().nodes().size(), 3u);
}

}  // namespace
}  // namespace kernelevolve
