#include "engine/agent_run.h"

#include <gtest/gtest.h>

#include <thread>

#include "engine/finished_run.h"
#include "engine/testing/toy_run.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

// The speedup stands in the source: "// 2.5"; anything else is wrong.
Evaluation WrittenSpeedup(const EvaluationRequest& request) {
  const double speedup = std::atof(request.candidate.source.c_str() + 3);
  return speedup > 0 ? FakeAccepted(speedup) : FakeRejected(Code::kWrongOutput);
}

class AgentRunTest : public testing::Test {
 protected:
  AgentRunTest() : folder_(*TempFolder::Create("agent-run")) {
    EXPECT_TRUE(WriteToyData(folder_.path() / "data"));
  }

  OptimizeOptions Options() const {
    OptimizeOptions options = ToyOptions(folder_.path() / "data", run_folder());
    options.budget = {};
    return options;
  }
  fs::path run_folder() const { return folder_.path() / "run"; }

  std::unique_ptr<AgentRun> Open() {
    auto run = AgentRun::Open(Options(), ShareEvaluator(evaluator_), clock_);
    EXPECT_TRUE(run) << run.error().message;
    return run ? *std::move(run) : nullptr;
  }
  static Submission Kernel(const std::string& source, NodeId parent = 0) {
    return {parent, {"cpp", source, {}, ""}, "agent test", "a plan"};
  }
  FinishedRun Read() const { return *ReadRun(run_folder(), folder_.path()); }

  TempFolder folder_;
  FakeEvaluator evaluator_{WrittenSpeedup};
  SystemClock clock_;
  StopCondition stop_;
};

TEST_F(AgentRunTest, SubmissionsBecomeNodesOfAnOrdinaryRun) {
  {
    const auto run = Open();
    ASSERT_TRUE(run->Submit(Kernel("// 2"), stop_));
    const auto second = run->Submit(Kernel("// 3", 1), stop_);
    ASSERT_TRUE(second) << second.error().message;
    EXPECT_EQ(second->id, 2);
    EXPECT_EQ(second->kind, NodeKind::kExpand);
    EXPECT_EQ(second->parents, std::vector<NodeId>{1});
    const auto wrong = run->Submit(Kernel("// x", 2), stop_);
    ASSERT_TRUE(wrong);
    EXPECT_EQ(wrong->evaluation.code, Code::kWrongOutput);
    EXPECT_EQ(run->nodes(), 3);
  }
  const FinishedRun run = Read();
  ASSERT_EQ(run.nodes.size(), 3u);
  EXPECT_EQ(run.nodes[0].kind, NodeKind::kDraft);
  EXPECT_EQ(run.nodes[1].origin, "agent test");
  EXPECT_EQ(run.summary.state, "interrupted");
  ASSERT_TRUE(run.summary.best);
  EXPECT_EQ(run.summary.best->id, 2);
  EXPECT_EQ(*ReadFile(run_folder() / "best" / "kernel.cc"), "// 3");
}

TEST_F(AgentRunTest, OneKernelIsOneNode) {
  const auto run = Open();
  ASSERT_TRUE(run->Submit(Kernel("// 2"), stop_));
  const auto again = run->Submit(Kernel("// 2", 1), stop_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, ErrorCode::kBadInput);
  EXPECT_NE(again.error().message.find("node 1 already"), std::string::npos);
  EXPECT_FALSE(run->Submit(Kernel("// 4", 7), stop_));
  EXPECT_EQ(evaluator_.calls(Stage::kSearch), 1);
}

TEST_F(AgentRunTest, ManyMaySubmitAtOnce) {
  const auto run = Open();
  std::vector<std::thread> threads;
  for (int i = 1; i <= 8; ++i)
    threads.emplace_back([&, i] {
      EXPECT_TRUE(run->Submit(Kernel("// " + std::to_string(i)), stop_));
      EXPECT_TRUE(run->FindNode(1));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(run->nodes(), 8);
  EXPECT_EQ(Read().summary.best->fitness, 8);
}

TEST_F(AgentRunTest, WhatIsEvaluatedOnTheBenchIsNoNode) {
  const auto run = Open();
  const auto verdict =
      run->workbench().Evaluate({"cpp", "// 5", {}, ""}, stop_);
  ASSERT_TRUE(verdict);
  EXPECT_DOUBLE_EQ(verdict->speedup, 5);
  EXPECT_EQ(run->nodes(), 0);
  EXPECT_TRUE(run->Submit(Kernel("// 5"), stop_));
}

TEST_F(AgentRunTest, APlaceIsWhatAProposerWouldBeTold) {
  const auto run = Open();
  for (const auto& [source, parent] :
       {std::pair{"// 1", 0}, {"// 2", 1}, {"// 3", 1}})
    ASSERT_TRUE(run->Submit(Kernel(source, parent), stop_));
  ASSERT_TRUE(run->Visit({1, "", Memory::kBoth}, [](const ProposalRequest& request) {
    EXPECT_EQ(request.kind, NodeKind::kExpand);
    EXPECT_EQ(request.parent->id, 1);
    EXPECT_EQ(request.siblings.size(), 2u);
  }));
  ASSERT_TRUE(run->Visit({0, "", Memory::kNone}, [](const ProposalRequest& request) {
    EXPECT_EQ(request.kind, NodeKind::kDraft);
    EXPECT_EQ(request.parent, nullptr);
  }));
  EXPECT_FALSE(run->Visit({9, "", Memory::kBoth}, [](const auto&) { FAIL(); }));
}

TEST_F(AgentRunTest, TheFinalStageIsThatOfASearch) {
  const auto run = Open();
  EXPECT_FALSE(run->Finalize(stop_));
  ASSERT_TRUE(run->Submit(Kernel("// 2"), stop_));
  ASSERT_TRUE(run->Finalize(stop_));
  const FinishedRun read = Read();
  EXPECT_EQ(read.summary.state, "done");
  ASSERT_TRUE(read.summary.final);
  EXPECT_DOUBLE_EQ(read.summary.final->speedup, 2);
  // And again, with a better one.
  ASSERT_TRUE(run->Submit(Kernel("// 4", 1), stop_));
  EXPECT_EQ(Read().summary.state, "running");
  ASSERT_TRUE(run->Finalize(stop_));
  EXPECT_DOUBLE_EQ(Read().summary.final->speedup, 4);
}

TEST_F(AgentRunTest, GoesOnAfterStagesThatWereInterrupted) {
  const auto run = Open();
  ASSERT_TRUE(run->Submit(Kernel("// 2"), stop_));
  StopCondition stopped;
  stopped.Request(StopCondition::Reason::kInterrupt);
  const auto interrupted = run->Finalize(stopped);
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().code, ErrorCode::kInterrupted);
  ASSERT_TRUE(run->Submit(Kernel("// 3", 1), stop_));
  ASSERT_TRUE(run->Finalize(stop_));
  EXPECT_DOUBLE_EQ(Read().summary.final->speedup, 3);
}

TEST_F(AgentRunTest, OptimizeGoesOnWithItAndItWithOptimize) {
  ASSERT_TRUE(Open()->Submit(Kernel("// 2"), stop_));
  OptimizeOptions options = Options();
  options.resume = true;
  options.budget.nodes = 4;
  RecordingObserver observer;
  FakeEvaluator toy(ToyLandscape);
  const auto summary =
      Optimize(options, ShareEvaluator(toy), observer, clock_, stop_);
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(observer.resumed, 1);
  EXPECT_EQ(summary->nodes, 4);
  const auto run = Open();
  EXPECT_TRUE(run->resumed());
  EXPECT_EQ(run->nodes(), 4);
  EXPECT_FALSE(run->Submit(Kernel("// 2"), stop_));
}

TEST_F(AgentRunTest, NobodyElseWritesWhileItIsOpen) {
  const auto run = Open();
  EXPECT_FALSE(OpenStore(run_folder(), OpenMode::kReadWrite));
  EXPECT_TRUE(ReadRun(run_folder(), folder_.path()));
}

}  // namespace
}  // namespace kernelevolve
