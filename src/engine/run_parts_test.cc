// The small parts of a run: archive, ledger, folder, recorded options, pool.
#include <gtest/gtest.h>

#include <future>

#include "engine/finished_run.h"
#include "engine/node_archive.h"
#include "engine/recorded_options.h"
#include "engine/run_ledger.h"
#include "engine/step_pool.h"
#include "engine/testing/toy_run.h"
#include "engine/work_dir.h"

namespace kernelevolve {
namespace {

Node MakeNode(NodeId id, NodeId parent, double speedup = 0) {
  Node node;
  node.id = id;
  if (parent > 0) node.parents = {parent};
  node.evaluation =
      speedup > 0 ? FakeAccepted(speedup) : FakeRejected(Code::kTimeout);
  node.fitness = speedup;
  return node;
}

std::vector<NodeId> Ids(const std::vector<const Node*>& nodes) {
  std::vector<NodeId> ids;
  for (const Node* node : nodes) ids.push_back(node->id);
  return ids;
}

TEST(NodeArchive, KnowsPathsAndChildren) {
  NodeArchive archive;
  for (const auto& [id, parent] : {std::pair{1, 0}, {2, 1}, {3, 1}, {4, 3}})
    archive.Add(MakeNode(id, parent));
  EXPECT_EQ(Ids(archive.PathTo(4)), (std::vector<NodeId>{1, 3, 4}));
  EXPECT_EQ(Ids(archive.ChildrenOf(1)), (std::vector<NodeId>{2, 3}));
  EXPECT_TRUE(archive.ChildrenOf(4).empty());
  EXPECT_TRUE(archive.PathTo(0).empty());
}

TEST(NodeArchive, ClaimsACandidateOnce) {
  NodeArchive archive;
  EXPECT_TRUE(archive.Claim("a"));
  EXPECT_FALSE(archive.Claim("a"));
  EXPECT_TRUE(archive.Claim("b"));
}

TEST(RunLedger, CountsAndNoticesTheLeader) {
  RunLedger ledger({.max_nodes = 4, .max_seconds = 100},
                   {30, {}, {2.5, 40}});
  EXPECT_FALSE(ledger.Count(MakeNode(1, 0)));
  EXPECT_TRUE(ledger.Count(MakeNode(2, 0, 1.5)));
  EXPECT_FALSE(ledger.Count(MakeNode(3, 0, 1.4)));
  ledger.SetElapsed(20);
  const RunProgress progress = ledger.Snapshot(7);
  EXPECT_EQ(progress.nodes, 3);
  EXPECT_EQ(progress.accepted, 2);
  EXPECT_EQ(progress.failures.at(Code::kTimeout), 1);
  EXPECT_EQ(progress.best, 2);
  EXPECT_EQ(progress.best_speedup, 1.5);
  EXPECT_EQ(progress.in_flight, 7);
  EXPECT_EQ(progress.elapsed_s, 50);
  EXPECT_DOUBLE_EQ(progress.budget_used, 0.75);
}

TEST(RunLedger, SpeedOfLightIsOverAllShapes) {
  Evaluation evaluation = FakeAccepted(2);
  evaluation.shapes.push_back(evaluation.shapes[0]);
  evaluation.shapes[0].speed_of_light = 0.9;
  evaluation.shapes[1].speed_of_light = 0.4;
  EXPECT_NEAR(SpeedOfLight(evaluation), 0.6, 1e-12);
  evaluation.shapes[1].speed_of_light = 0;
  EXPECT_EQ(SpeedOfLight(evaluation), 0);
  EXPECT_EQ(SpeedOfLight({}), 0);
}

TEST(WorkDir, NamesFreshFoldersAndListsRuns) {
  const TempFolder folder = *TempFolder::Create("workdir");
  const fs::path first = NewRunFolder(folder.path(), "softmax", 1.7e9);
  EXPECT_TRUE(first.filename().string().starts_with("softmax-2023"));
  ASSERT_TRUE(MakeFolders(first));
  EXPECT_EQ(NewRunFolder(folder.path(), "softmax", 1.7e9).string(),
            first.string() + "-2");
  EXPECT_TRUE(ListRunFolders(folder.path()).empty());
  EXPECT_TRUE(ListRunFolders(folder.path() / "absent").empty());
  EXPECT_FALSE(WorkDir::Open(first));
  EXPECT_EQ(WorkDir::Create(first.string() + "/")->name(),
            first.filename().string());
}

TEST(RecordedOptions, SurviveTheRoundTrip) {
  RecordedOptions options;
  options.policy = "greedy";
  options.proposer = "recipes";
  options.seed = UINT64_MAX;
  options.drafts = 3;
  options.budget.minutes = 1.5;
  options.budget.nodes = 7;
  options.device = "a \"device\"";
  options.author.model_context = options.author.model_search = true;
  const auto read = RecordedOptionsFromText(ToText(options));
  ASSERT_TRUE(read);
  EXPECT_EQ(ToText(*read), ToText(options));
  EXPECT_EQ(read->seed, UINT64_MAX);
  EXPECT_FALSE(read->budget.stall_nodes);
  EXPECT_TRUE(read->author.model_context && read->author.model_search);
}

TEST(RecordedOptions, LimitsGivenNowWin) {
  RunBudget recorded{.nodes = 10, .minutes = 5.0};
  const RunBudget merged = MergeBudgets({.nodes = 20}, recorded);
  EXPECT_EQ(merged.nodes, 20);
  EXPECT_EQ(merged.minutes, 5.0);
}

TEST(StepPool, RunsJobsAndHandsThemBackInOrderOfFinishing) {
  using std::chrono::milliseconds;
  std::promise<void> second_is_back;
  StepPool pool(2);
  pool.Submit(1, [&] {
    second_is_back.get_future().wait();
    return Evaluated(FakeAccepted(1));
  });
  pool.Submit(2, [] { return Evaluated(FakeAccepted(2)); });
  const auto second = pool.Wait(milliseconds(60'000));
  second_is_back.set_value();
  const auto first = pool.Wait(milliseconds(60'000));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(second->job, 2);
  EXPECT_EQ(first->job, 1);
  EXPECT_FALSE(pool.Wait(milliseconds(1)));
}

TEST(FinishedRun, ReadsWhatOptimizeWrote) {
  const TempFolder folder = *TempFolder::Create("finished");
  const fs::path data = folder.path() / "data", run = folder.path() / "run";
  ASSERT_TRUE(WriteToyData(data));
  FakeEvaluator evaluator(ToyLandscape);
  RecordingObserver observer;
  const auto summary =
      Optimize(ToyOptions(data, run), ShareEvaluator(evaluator), observer,
               SystemClock(), StopCondition());
  ASSERT_TRUE(summary) << summary.error().message;
  const auto read = ReadRun(run, data);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->task.Digest(), read->record.task_digest);
  EXPECT_EQ(read->device, "a fake device");
  EXPECT_EQ(read->summary.state, "done");
  EXPECT_EQ(read->summary.reason, summary->reason);
  EXPECT_EQ(read->summary.nodes, summary->nodes);
  EXPECT_EQ(read->summary.accepted, summary->accepted);
  EXPECT_EQ(read->summary.best->id, summary->best->id);
  EXPECT_EQ(read->summary.final->speedup, summary->final->speedup);
  EXPECT_EQ(read->summary.confirmed->speedup, summary->confirmed->speedup);
  EXPECT_EQ(read->summary.confirmed_candidates, summary->confirmed_candidates);
  EXPECT_EQ(read->summary.finals_spent, 1);
  EXPECT_EQ(read->summary.best_kernel, summary->best_kernel);
  EXPECT_FALSE(ReadRun(folder.path(), data));
}

}  // namespace
}  // namespace kernelevolve
