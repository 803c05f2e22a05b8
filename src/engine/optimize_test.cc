#include "engine/optimize.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/json.h"
#include "core/stored_result.h"
#include "engine/testing/toy_run.h"
#include "eval/testing/toy_task.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

class OptimizeTest : public testing::Test {
 protected:
  OptimizeTest() : folder_(*TempFolder::Create("optimize")) {
    EXPECT_TRUE(WriteToyData(data()));
    options_ = ToyOptions(data(), run());
  }
  fs::path data() const { return folder_.path() / "data"; }
  fs::path run() const { return folder_.path() / "run"; }

  Result<RunSummary> Go() {
    observer_ = RecordingObserver();
    return Optimize(options_, ShareEvaluator(evaluator_), observer_, clock_,
                    stop_);
  }
  std::vector<Node> Recorded() const {
    auto store = OpenStore(run(), OpenMode::kReadOnly);
    EXPECT_TRUE(store) << store.error().message;
    return *(*store)->FindNodes();
  }
  // Requests the stop within the evaluation of that number.
  void StopAt(int call) {
    evaluator_.before = [this, call](const EvaluationRequest&) {
      if (++calls_ == call) stop_.Request(StopCondition::Reason::kInterrupt);
    };
  }

  struct HookedEvaluator : FakeEvaluator {
    using FakeEvaluator::FakeEvaluator;
    Result<Evaluation> Evaluate(const EvaluationRequest& request,
                                const StopCondition& stop) override {
      if (before) before(request);
      return FakeEvaluator::Evaluate(request, stop);
    }
    std::function<void(const EvaluationRequest&)> before;
  };

  TempFolder folder_;
  OptimizeOptions options_;
  HookedEvaluator evaluator_{ToyLandscape};
  RecordingObserver observer_;
  SystemClock clock_;
  StopCondition stop_;
  std::atomic<int> calls_{0};
};

TEST_F(OptimizeTest, FindsTheKnownBestAndTakesItThroughAllStages) {
  options_.budget.nodes = 300;
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->state, "done");
  EXPECT_EQ(summary->reason, "300 of 300 nodes");
  EXPECT_EQ(summary->nodes, 300);
  ASSERT_TRUE(summary->best);
  EXPECT_EQ(summary->best->candidate.parameters,
            (ParameterValues{{"U", "8"}, {"V", "4"}}));
  ASSERT_TRUE(summary->final);
  EXPECT_EQ(summary->final->stage, Stage::kFinal);
  EXPECT_DOUBLE_EQ(summary->final->speedup, kToyBest);
  EXPECT_EQ(summary->finals_spent, 1);
  EXPECT_EQ(evaluator_.calls(Stage::kFinal), 1);
}

TEST_F(OptimizeTest, WritesTheBestKernelAndItsResult) {
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->best_kernel, run() / "best" / "kernel.cc");
  EXPECT_EQ(*ReadFile(summary->best_kernel), summary->best->candidate.source);
  const Json result = *ParseJson(*ReadFile(run() / "best" / "result.json"));
  EXPECT_EQ(GetString(result, "status"), "ACCEPT");
  EXPECT_EQ(GetString(result, "stage"), "final");
  EXPECT_EQ(GetInteger(result, "node"), summary->best->id);
  EXPECT_TRUE(IsStoredResult(result));
  EXPECT_EQ(GetString(result, "task_digest"), options_.task.Digest());
  EXPECT_EQ(GetString(result, "target"), "cpp@native");
}

TEST_F(OptimizeTest, TheResultOfTheBestSaysWhoJudged) {
  int asked = 0;
  const ExecutorFactory with_machine =
      [&](const WorkDir& work_dir) -> Result<Executor> {
    ASSIGN_OR_RETURN(Executor executor, ShareEvaluator(evaluator_)(work_dir));
    executor.device = "a fake device";
    executor.describe = [&asked] {
      ++asked;
      return MachineRecord{"", "", "x86_64 avx2", "torch 2.11.0", "0.1.0 aaaa"};
    };
    return executor;
  };
  ASSERT_TRUE(Optimize(options_, with_machine, observer_, clock_, stop_));
  EXPECT_EQ(asked, 1);
  const auto result = StoredResultFromJson(
      *ParseJson(*ReadFile(run() / "best" / "result.json")));
  ASSERT_TRUE(result) << result.error().message;
  EXPECT_EQ(result->machine.device, "a fake device");
  EXPECT_EQ(result->machine.cpu, "x86_64 avx2");
  EXPECT_EQ(result->machine.packages, "torch 2.11.0");
  EXPECT_EQ(result->machine.judge, "0.1.0 aaaa");
}

TEST_F(OptimizeTest, RecordsEveryNodeOnceAndTellsTheObserver) {
  options_.jobs = 4;
  ASSERT_TRUE(Go());
  const std::vector<Node> nodes = Recorded();
  ASSERT_EQ(nodes.size(), 60u);
  std::set<std::string> ids;
  for (size_t i = 0; i < nodes.size(); ++i) {
    EXPECT_EQ(nodes[i].id, static_cast<NodeId>(i) + 1);
    EXPECT_TRUE(ids.insert(nodes[i].candidate.Id()).second);
    EXPECT_EQ(observer_.nodes[i].candidate.Id(), nodes[i].candidate.Id());
  }
  EXPECT_EQ(evaluator_.calls(Stage::kSearch), 60);
  EXPECT_EQ(observer_.resumed, 0);
  EXPECT_TRUE(observer_.done);
  EXPECT_EQ(observer_.phases.front(), RunPhase::kSearch);
  EXPECT_EQ(observer_.phases.back(), RunPhase::kFinal);
}

TEST_F(OptimizeTest, TheSameSeedProposesTheSameSequence) {
  ASSERT_TRUE(Go());
  const std::vector<std::string> first = evaluator_.seen(Stage::kSearch);
  HookedEvaluator again(ToyLandscape);
  options_.run_folder = folder_.path() / "again";
  ASSERT_TRUE(
      Optimize(options_, ShareEvaluator(again), observer_, clock_, stop_));
  EXPECT_EQ(again.seen(Stage::kSearch), first);
}

TEST_F(OptimizeTest, ConfirmAndFinalUseFreshSecrets) {
  ASSERT_TRUE(Go());
  const auto search = evaluator_.secrets(Stage::kSearch);
  const auto confirm = evaluator_.secrets(Stage::kConfirm);
  const auto final = evaluator_.secrets(Stage::kFinal);
  EXPECT_EQ(std::set(search.begin(), search.end()).size(), 1u);
  EXPECT_EQ(std::set(confirm.begin(), confirm.end()).size(), 1u);
  EXPECT_EQ(search[0].size(), 64u);
  EXPECT_EQ((std::set{search[0], confirm[0], final[0]}).size(), 3u);
}

TEST_F(OptimizeTest, AFinalThatRejectsLeadsToTheNextCandidate) {
  int finals = 0;
  HookedEvaluator evaluator([&](const EvaluationRequest& request) {
    if (request.stage == Stage::kFinal && ++finals <= 2)
      return FakeRejected(Code::kShapeOverfit);
    return ToyLandscape(request);
  });
  const auto summary =
      Optimize(options_, ShareEvaluator(evaluator), observer_, clock_, stop_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->finals_spent, 3);
  ASSERT_TRUE(summary->final);
  const auto seen = evaluator.seen(Stage::kFinal);
  EXPECT_EQ(std::set(seen.begin(), seen.end()).size(), 3u);
  const auto secrets = evaluator.secrets(Stage::kFinal);
  EXPECT_EQ(std::set(secrets.begin(), secrets.end()).size(), 3u);
  EXPECT_EQ(summary->best->candidate.Id(), seen.back());
}

TEST_F(OptimizeTest, NothingIsReportedWhereEveryConfirmRejects) {
  HookedEvaluator evaluator([](const EvaluationRequest& request) {
    return request.stage == Stage::kSearch ? ToyLandscape(request)
                                           : FakeRejected(Code::kWrongOutput);
  });
  options_.budget.nodes = 8;
  const auto summary =
      Optimize(options_, ShareEvaluator(evaluator), observer_, clock_, stop_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_FALSE(summary->best);
  EXPECT_FALSE(fs::exists(run() / "best" / "kernel.cc"));
  EXPECT_EQ(evaluator.calls(Stage::kFinal), 0);
}

TEST_F(OptimizeTest, AnInterruptKeepsWhatWasJudgedAndResumeGoesOn) {
  StopAt(21);
  const auto interrupted = Go();
  ASSERT_TRUE(interrupted) << interrupted.error().message;
  EXPECT_EQ(interrupted->state, "interrupted");
  EXPECT_TRUE(interrupted->best);
  EXPECT_FALSE(interrupted->final);
  const std::vector<Node> before = Recorded();
  EXPECT_GE(before.size(), 19u);
  EXPECT_LE(before.size(), 21u);

  evaluator_.before = nullptr;
  StopCondition calm;
  options_.resume = true;
  options_.policy = "greedy";  // ignored: the run began with another
  const auto summary =
      Optimize(options_, ShareEvaluator(evaluator_), observer_, clock_, calm);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->state, "done");
  EXPECT_EQ(summary->nodes, 60);
  EXPECT_EQ(observer_.resumed, static_cast<int64_t>(before.size()));
  const std::vector<Node> after = Recorded();
  ASSERT_EQ(after.size(), 60u);
  for (size_t i = 0; i < before.size(); ++i)
    EXPECT_EQ(after[i].candidate.Id(), before[i].candidate.Id());
  std::set<std::string> ids;
  for (const Node& node : after)
    EXPECT_TRUE(ids.insert(node.candidate.Id()).second);
}

TEST_F(OptimizeTest, ResumingAFinishedRunSpendsNothingAgain) {
  ASSERT_TRUE(Go());
  const int judged = evaluator_.calls(Stage::kSearch) +
                     evaluator_.calls(Stage::kConfirm) +
                     evaluator_.calls(Stage::kFinal);
  options_.resume = true;
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_TRUE(summary->final);
  EXPECT_EQ(summary->finals_spent, 1);
  EXPECT_EQ(evaluator_.calls(Stage::kSearch) +
                evaluator_.calls(Stage::kConfirm) +
                evaluator_.calls(Stage::kFinal),
            judged);
}

TEST_F(OptimizeTest, ALargerBudgetGoesOnFromTheIncumbent) {
  options_.budget.nodes = 12;
  const auto first = Go();
  ASSERT_TRUE(first);
  options_.resume = true;
  options_.budget.nodes = 300;
  const auto second = Go();
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(second->nodes, 300);
  EXPECT_DOUBLE_EQ(second->final->speedup, kToyBest);
  EXPECT_EQ(second->finals_spent, 2);
}

// A kernel that all later ones are better than by `lead`, in confirmations of ± 2 %.
FakeEvaluator::Landscape LaterIsBetterBy(double lead, const std::string& first,
                                         double speedup) {
  return [=](const EvaluationRequest& request) {
    if (request.stage == Stage::kSearch) return ToyLandscape(request);
    const bool is_first = request.candidate.Id() == first;
    return FakeAccepted(is_first ? speedup : speedup * (1 + lead), 0.02);
  };
}

// A run of few nodes goes on with another judge: whether the incumbent keeps its
// place, and the finals that this took.
class IncumbentTest : public OptimizeTest {
 protected:
  std::pair<bool, int> KeepsItsPlace(double lead) {
    options_.budget.nodes = 12;
    const auto first = Go();
    EXPECT_TRUE(first && first->best);
    const std::string incumbent = first->best->candidate.Id();
    options_.resume = true;
    options_.budget.nodes = 120;
    HookedEvaluator evaluator(LaterIsBetterBy(lead, incumbent, first->final->speedup));
    const auto second =
        Optimize(options_, ShareEvaluator(evaluator), observer_, clock_, stop_);
    EXPECT_TRUE(second) << second.error().message;
    const auto confirmed = evaluator.seen(Stage::kConfirm);
    EXPECT_EQ(std::ranges::count(confirmed, incumbent), 1) << "beside the new ones";
    return {second->best->candidate.Id() == incumbent, evaluator.calls(Stage::kFinal)};
  }
};

TEST_F(IncumbentTest, ALeadWithinLuckAndMarginIsNone) {
  EXPECT_EQ(KeepsItsPlace(0.04), std::pair(true, 0));
}

TEST_F(IncumbentTest, AClearLeadTakesItsPlace) {
  EXPECT_EQ(KeepsItsPlace(0.2), std::pair(false, 1));
}

TEST_F(OptimizeTest, ATaskEditedSinceIsRefused) {
  ASSERT_TRUE(Go());
  options_.resume = true;
  options_.task.files["reference.cc"] += "// edited\n";
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_NE(refused.error().message.find("reference.cc differs"),
            std::string::npos);
}

TEST_F(OptimizeTest, AnotherTargetIsRefused) {
  ASSERT_TRUE(Go());
  options_.resume = true;
  Target other = ToyTarget();
  other.device = "sm_90";
  options_.targets = other;
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
}

TEST_F(OptimizeTest, AnotherMachineIsRefused) {
  const auto go_on = [this](const std::string& device) {
    const ExecutorFactory make = ShareEvaluator(evaluator_);
    const ExecutorFactory there = [&](const WorkDir& work_dir) {
      auto executor = make(work_dir);
      if (executor) executor->device = device;
      return executor;
    };
    return Optimize(options_, there, observer_, clock_, StopCondition());
  };
  ASSERT_TRUE(go_on("one core"));
  options_.resume = true;
  const auto refused = go_on("another core");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_NE(refused.error().message.find("judged on one core"),
            std::string::npos);
  EXPECT_TRUE(go_on("one core"));
}

TEST_F(OptimizeTest, AFolderThatHoldsARunIsNotOverwritten) {
  ASSERT_TRUE(Go());
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_NE(refused.error().message.find("--resume"), std::string::npos);
}

TEST_F(OptimizeTest, ThereMustBeSomethingToResume) {
  options_.resume = true;
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
}

TEST_F(OptimizeTest, UnknownNamesLeaveNoFolder) {
  options_.policy = "mtcs";
  EXPECT_FALSE(Go());
  options_.policy = "mcts";
  options_.proposer = "oracle";
  EXPECT_FALSE(Go());
  options_.proposer = "recipes";
  options_.seed_kernel = "/nowhere/kernel.cc";
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  EXPECT_FALSE(fs::exists(run()));
}

TEST_F(OptimizeTest, AMissingWorkerLeavesNoFolder) {
  const ExecutorFactory none = [](const WorkDir&) -> Result<Executor> {
    return Missing("no worker");
  };
  EXPECT_FALSE(Optimize(options_, none, observer_, clock_, stop_));
  EXPECT_FALSE(fs::exists(run()));
}

TEST_F(OptimizeTest, TheUsersKernelIsTheFirstNode) {
  options_.seed_kernel = folder_.path() / "mine.cc";
  ASSERT_TRUE(WriteFileAtomic(options_.seed_kernel,
                              "// ke:tune U = 2 in {2, 8}\n#define A 3\n"));
  options_.budget.nodes = 30;
  ASSERT_TRUE(Go());
  const std::vector<Node> nodes = Recorded();
  EXPECT_EQ(nodes[0].kind, NodeKind::kSeed);
  EXPECT_TRUE(nodes[0].origin.starts_with("seed "));
  const auto children = std::count_if(
      nodes.begin(), nodes.end(),
      [](const Node& node) { return node.parents == std::vector<NodeId>{1}; });
  EXPECT_GE(children, 1);
}

TEST_F(OptimizeTest, ATaskThatNoRecipeFitsSaysSo) {
  fs::remove_all(data());
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->nodes, 0);
  EXPECT_FALSE(summary->best);
  EXPECT_NE(summary->reason.find("no cpp recipe fits"), std::string::npos);
}

TEST_F(OptimizeTest, EndsByItselfWhenEverythingWasTried) {
  fs::remove(data() / "knowledge/recipes/cpp/quick.cc");
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->nodes, 1);
  EXPECT_EQ(summary->reason, "nothing left to try");
  EXPECT_TRUE(summary->final);
}

TEST_F(OptimizeTest, AFailureOfTheJudgeEndsTheRunAndCanBeResumed) {
  struct Broken : HookedEvaluator {
    using HookedEvaluator::HookedEvaluator;
    Result<Evaluation> Evaluate(const EvaluationRequest& request,
                                const StopCondition& stop) override {
      if (++count == 10) return Missing("g++ is gone");
      return HookedEvaluator::Evaluate(request, stop);
    }
    std::atomic<int> count{0};
  } broken(ToyLandscape);
  const auto failed =
      Optimize(options_, ShareEvaluator(broken), observer_, clock_, stop_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kMissing);
  EXPECT_NE(failed.error().message.find("g++ is gone"), std::string::npos);
  EXPECT_EQ(Recorded().size(), 9u);
  options_.resume = true;
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->nodes, 60);
}

TEST_F(OptimizeTest, AJudgeThatFailsAgainAndAgainEndsTheRun) {
  HookedEvaluator lost([](const EvaluationRequest&) {
    Evaluation evaluation;
    evaluation.message = "the worker ended with signal 9";
    return evaluation;  // HARNESS_ERROR
  });
  const auto failed =
      Optimize(options_, ShareEvaluator(lost), observer_, clock_, stop_);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::kInfrastructure);
  EXPECT_NE(failed.error().message.find("signal 9"), std::string::npos);
}

TEST_F(OptimizeTest, ASecondProcessOnARunIsRefused) {
  ASSERT_TRUE(Go());
  const auto held = OpenStore(run(), OpenMode::kReadWrite);
  ASSERT_TRUE(held);
  options_.resume = true;
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
}

}  // namespace
}  // namespace kernelevolve
