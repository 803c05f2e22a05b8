// Runs that are judged elsewhere, on the toy world.
#include <gtest/gtest.h>

#include <map>
#include <set>

#include "engine/finished_run.h"
#include "engine/optimize.h"
#include "engine/testing/toy_run.h"
#include "eval/testing/answer_bundles.h"
#include "eval/testing/toy_task.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

class BundleRunTest : public testing::Test {
 protected:
  BundleRunTest() : folder_(*TempFolder::Create("bundle_run")) {
    EXPECT_TRUE(WriteToyData(data()));
    options_ = ToyOptions(data(), folder_.path() / "run");
    options_.jobs = 8;
    options_.budget.nodes = 60;
  }
  fs::path data() const { return folder_.path() / "data"; }
  fs::path exchange() const { return folder_.path() / "exchange"; }

  Result<RunSummary> Go() {
    const BundleExecutorOptions bundles{exchange(), 8, 0};
    return Optimize(
        options_,
        [&](const WorkDir& work_dir) {
          return MakeBundleExecutor(bundles, work_dir, clock_);
        },
        observer_, clock_, stop_);
  }
  // Round after round, until the run is done; how many it took.
  int GoOn(RunSummary& summary,
           const std::function<void(int round)>& between = {}) {
    for (int round = 1; round < 100; ++round) {
      const auto part = Go();
      EXPECT_TRUE(part) << part.error().message;
      if (!part) return 0;
      summary = *part;
      if (!summary.waiting) return round;
      EXPECT_EQ(summary.state, "interrupted");
      EXPECT_NE(summary.reason.find("run-bundle"), std::string::npos);
      EXPECT_TRUE(AnswerBundles(exchange(), ToyLandscape));
      if (between) between(round);
      options_.resume = true;
    }
    return 0;
  }
  std::vector<Node> Recorded() const {
    return ReadRun(options_.run_folder, data())->nodes;
  }

  TempFolder folder_;
  OptimizeOptions options_;
  RecordingObserver observer_;
  SystemClock clock_;
  StopCondition stop_;
};

TEST_F(BundleRunTest, GoesThroughAllStagesInRounds) {
  RunSummary summary;
  EXPECT_GE(GoOn(summary), 60 / 8);
  EXPECT_EQ(summary.state, "done");
  EXPECT_EQ(summary.nodes, 60);
  ASSERT_TRUE(summary.final);
  EXPECT_EQ(summary.final->stage, Stage::kFinal);
  EXPECT_EQ(summary.finals_spent, 1);
}

TEST_F(BundleRunTest, FindsWhatARunOnThisMachineFinds) {
  // Drafts depend on nothing that comes back, and so far the two are the same.
  options_.budget.nodes = 10;
  RunSummary elsewhere;
  GoOn(elsewhere);
  FakeEvaluator evaluator(ToyLandscape);
  options_.run_folder = folder_.path() / "local";
  options_.resume = false;
  const auto here = Optimize(options_, ShareEvaluator(evaluator), observer_,
                             clock_, stop_);
  ASSERT_TRUE(here && here->best && elsewhere.best);
  EXPECT_EQ(here->best->candidate.Id(), elsewhere.best->candidate.Id());
  EXPECT_EQ(here->final->speedup, elsewhere.final->speedup);
}

TEST_F(BundleRunTest, RecordsWhoJudged) {
  RunSummary summary;
  GoOn(summary);
  const auto run = ReadRun(options_.run_folder, data());
  ASSERT_TRUE(run);
  EXPECT_EQ(run->device, "a far device");
  EXPECT_EQ(run->toolchain, "far 1.0");
  auto store = OpenStore(options_.run_folder, OpenMode::kReadOnly);
  const EvaluationKey key{run->nodes[0].candidate.Id(), options_.task.Digest(),
                          "cpp@native", "far 1.0", "a far device",
                          Stage::kSearch};
  EXPECT_TRUE(*(*store)->FindByKey(key));
}

TEST_F(BundleRunTest, NothingIsAskedTwiceAndNothingLost) {
  RunSummary summary;
  GoOn(summary);
  std::map<std::string, int> asked;
  for (const int64_t number : wire::BundleNumbers(exchange())) {
    const wire::Bundle bundle = *wire::ReadBundle(exchange(), number);
    for (const auto& [name, request] : bundle.requests)
      if (request.stage == Stage::kSearch) ++asked[request.candidate.Id()];
  }
  for (const auto& [candidate, times] : asked) EXPECT_EQ(times, 1);
  EXPECT_EQ(asked.size(), 60u);
  std::set<std::string> recorded;
  const std::vector<Node> nodes = Recorded();
  for (const Node& node : nodes) recorded.insert(node.candidate.Id());
  for (const auto& [candidate, times] : asked)
    EXPECT_TRUE(recorded.contains(candidate));
}

TEST_F(BundleRunTest, WhatABadCopyLacksIsAskedAgain) {
  RunSummary summary;
  GoOn(summary, [&](int round) {
    if (round != 2) return;
    const fs::path file = wire::ResultFile(exchange(), 2);
    std::string text = *ReadFile(file);
    text.resize(text.size() / 2);
    EXPECT_TRUE(WriteFileAtomic(file, text));
  });
  EXPECT_EQ(summary.state, "done");
  EXPECT_EQ(summary.nodes, 60);
  EXPECT_EQ(summary.accepted, 60);
}

TEST_F(BundleRunTest, ARunWithoutAnAnswerWaitsOnAndOn) {
  ASSERT_TRUE(Go());
  options_.resume = true;
  const auto again = Go();
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->waiting);
  EXPECT_EQ(wire::BundleNumbers(exchange()).size(), 1u);
  EXPECT_TRUE(Recorded().empty());
}

}  // namespace
}  // namespace kernelevolve
