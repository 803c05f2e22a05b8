// What every store promises, held against each of them.
#include <gtest/gtest.h>

#include "base/check.h"
#include "base/format.h"
#include "store/memory_store.h"
#include "store/open_store.h"
#include "store/testing/expect_same_node.h"
#include "store/testing/sample_nodes.h"

namespace kernelevolve {
namespace {

// One kind of store and how to get a fresh one.
struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<Store>(const fs::path& folder)> make;
};

std::unique_ptr<Store> MakeSqlite(const fs::path& folder) {
  Result<std::unique_ptr<Store>> store =
      OpenStore(folder / "run", OpenMode::kCreate);
  CHECK(store.has_value());
  return *std::move(store);
}

const StoreKind kKinds[] = {
    {"memory", [](const fs::path&) { return MakeMemoryStore(); }},
    {"sqlite", MakeSqlite},
};

class StoreContract : public testing::TestWithParam<StoreKind> {
 protected:
  StoreContract() : store_(GetParam().make(folder_->path())) {}

  Result<TempFolder> folder_ = TempFolder::Create("store-contract");
  std::unique_ptr<Store> store_;
};

INSTANTIATE_TEST_SUITE_P(Stores, StoreContract, testing::ValuesIn(kKinds),
                         [](const auto& kind) { return kind.param.name; });

TEST_P(StoreContract, HasNoRunAtFirst) {
  const auto run = store_->FindRun();
  ASSERT_TRUE(run.has_value()) << run.error().message;
  EXPECT_FALSE(run->has_value());
}

TEST_P(StoreContract, KeepsTheLatestRunRecord) {
  RunRecord run = SampleRun();
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  run.state = "done";
  run.reason = "120 of 120 nodes";
  run.best = 17;
  run.seconds_used = 61.5;
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  const auto found = store_->FindRun();
  ASSERT_TRUE(found.has_value() && found->has_value());
  const RunRecord& record = **found;
  EXPECT_EQ(record.id, run.id);
  EXPECT_EQ(record.task_name, run.task_name);
  EXPECT_EQ(record.task_digest, run.task_digest);
  EXPECT_EQ(record.operator_family, run.operator_family);
  EXPECT_EQ(record.target, run.target);
  EXPECT_EQ(record.options_json, run.options_json);
  EXPECT_EQ(record.search_secret, run.search_secret);
  EXPECT_EQ(record.state, "done");
  EXPECT_EQ(record.reason, "120 of 120 nodes");
  EXPECT_EQ(record.best, 17);
  EXPECT_EQ(record.created_wall_s, run.created_wall_s);
  EXPECT_EQ(record.seconds_used, 61.5);
}

TEST_P(StoreContract, KeepsTaskFilesByPathAndByteForByte) {
  const std::string binary("a\0b\xff\n", 5);
  const RunRecord run = SampleRun();
  ASSERT_TRUE(store_->RecordRun(run, {{"task.toml", "name = 1"}, {"empty", ""}})
                  .has_value());
  ASSERT_TRUE(
      store_->RecordRun(run, {{"task.toml", "name = 2"}, {"baselines/b.cc", binary}})
          .has_value());
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  const auto files = store_->FindTaskFiles();
  ASSERT_TRUE(files.has_value()) << files.error().message;
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"baselines/b.cc", binary}, {"empty", ""}, {"task.toml", "name = 2"}};
  EXPECT_EQ(*files, expected);
}

TEST_P(StoreContract, ReturnsANodeAsItWasRecorded) {
  const Node node = SampleNode(1);
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  const auto found = store_->FindNode(1);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  ASSERT_TRUE(found->has_value());
  ExpectSameNode(**found, node);
}

TEST_P(StoreContract, ReturnsAFailureWithItsLog) {
  const Node node = SampleFailure(1);
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  const auto found = store_->FindNode(1);
  ASSERT_TRUE(found.has_value() && found->has_value());
  ExpectSameNode(**found, node);
  EXPECT_EQ((*found)->evaluation.log, node.evaluation.log);
}

TEST_P(StoreContract, SaysThatANodeIsNotThere) {
  const auto found = store_->FindNode(7);
  ASSERT_TRUE(found.has_value());
  EXPECT_FALSE(found->has_value());
}

TEST_P(StoreContract, WalksNodesInOrderOfIdWhateverTheOrderOfRecording) {
  for (const NodeId id : {3, 1, 2}) {
    const Node node = SampleNode(id);
    ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  }
  std::vector<NodeId> ids;
  const auto collect = [&](const Node& node) {
    ids.push_back(node.id);
    return true;
  };
  ASSERT_TRUE(store_->VisitNodes(0, collect).has_value());
  EXPECT_EQ(ids, (std::vector<NodeId>{1, 2, 3}));
  ids.clear();
  ASSERT_TRUE(store_->VisitNodes(1, collect).has_value());
  EXPECT_EQ(ids, (std::vector<NodeId>{2, 3}));
  const auto all = store_->FindNodes();
  ASSERT_TRUE(all.has_value());
  EXPECT_EQ(all->size(), 3u);
}

TEST_P(StoreContract, StopsAWalkWhenToldTo) {
  for (NodeId id = 1; id <= 5; ++id) {
    const Node node = SampleNode(id);
    ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  }
  int visited = 0;
  ASSERT_TRUE(store_->VisitNodes(0, [&](const Node&) { return ++visited < 2; })
                  .has_value());
  EXPECT_EQ(visited, 2);
}

TEST_P(StoreContract, OutlinesAgreeWithNodes) {
  for (NodeId id = 1; id <= 4; ++id) {
    const Node node = id % 2 ? SampleNode(id) : SampleFailure(id);
    ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  }
  const auto nodes = store_->FindNodes();
  ASSERT_TRUE(nodes.has_value());
  size_t i = 0;
  ASSERT_TRUE(store_
                  ->VisitOutlines(
                      0,
                      [&](const NodeOutline& outline) {
                        const Node& node = nodes->at(i++);
                        EXPECT_EQ(outline.id, node.id);
                        EXPECT_EQ(outline.parent,
                                  node.parents.empty() ? 0 : node.parents[0]);
                        EXPECT_EQ(outline.kind, node.kind);
                        EXPECT_EQ(outline.status, node.evaluation.status);
                        EXPECT_EQ(outline.code, node.evaluation.code);
                        EXPECT_EQ(outline.fitness, node.fitness);
                        EXPECT_EQ(outline.candidate_id, node.candidate.Id());
                        EXPECT_EQ(outline.label, node.candidate.label);
                        EXPECT_EQ(outline.description, node.description);
                        return true;
                      })
                  .has_value());
  EXPECT_EQ(i, 4u);
}

TEST_P(StoreContract, RecordingANodeTwiceChangesNothing) {
  const Node node = SampleNode(1);
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  EXPECT_EQ(store_->FindNodes()->size(), 1u);
  EXPECT_EQ(store_->FindEvaluations(1)->size(), 1u);
}

TEST_P(StoreContract, RefusesAnotherCandidateUnderARecordedId) {
  const Node node = SampleNode(1);
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  Node other = node;
  other.candidate.source += "// more";
  const Status refused = store_->RecordNode(other, SampleKey(other));
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::kInfrastructure);
  ExpectSameNode(**store_->FindNode(1), node);
}

TEST_P(StoreContract, KeepsEveryStageInOrder) {
  const Node node = SampleNode(1);
  EvaluationKey key = SampleKey(node);
  ASSERT_TRUE(store_->RecordNode(node, key).has_value());
  Evaluation evaluation = node.evaluation;
  for (const Stage stage : {Stage::kConfirm, Stage::kFinal}) {
    key.stage = evaluation.stage = stage;
    evaluation.speedup *= 0.99;
    ASSERT_TRUE(store_->RecordEvaluation(1, key, evaluation).has_value());
  }
  const auto found = store_->FindEvaluations(1);
  ASSERT_TRUE(found.has_value());
  ASSERT_EQ(found->size(), 3u);
  EXPECT_EQ((*found)[0].stage, Stage::kSearch);
  EXPECT_EQ((*found)[1].stage, Stage::kConfirm);
  EXPECT_EQ((*found)[2].stage, Stage::kFinal);
  EXPECT_EQ((*found)[2].speedup, evaluation.speedup);
  // The node itself keeps what the search saw.
  EXPECT_EQ((*store_->FindNode(1))->evaluation.stage, Stage::kSearch);
}

TEST_P(StoreContract, AnEvaluationNeedsItsNode) {
  const Node node = SampleNode(1);
  EXPECT_FALSE(store_->RecordEvaluation(1, SampleKey(node), node.evaluation)
                   .has_value());
}

TEST_P(StoreContract, FindsAnEvaluationUnderItsWholeKeyOnly) {
  const Node node = SampleNode(1);
  const EvaluationKey key = SampleKey(node);
  ASSERT_TRUE(store_->RecordNode(node, key).has_value());
  const auto found = store_->FindByKey(key);
  ASSERT_TRUE(found.has_value() && found->has_value());
  EXPECT_EQ((*found)->speedup, node.evaluation.speedup);
  for (std::string EvaluationKey::*part :
       {&EvaluationKey::candidate_id, &EvaluationKey::task_digest,
        &EvaluationKey::target, &EvaluationKey::toolchain,
        &EvaluationKey::device}) {
    EvaluationKey other = key;
    other.*part += "x";
    EXPECT_FALSE(store_->FindByKey(other)->has_value());
  }
  EvaluationKey confirm = key;
  confirm.stage = Stage::kConfirm;
  EXPECT_FALSE(store_->FindByKey(confirm)->has_value());
}

TEST_P(StoreContract, DoesNotReuseWhatTheJudgeCouldNotDecide) {
  Node node = SampleFailure(1);
  node.evaluation.status = VerdictStatus::kInconclusive;
  node.evaluation.code = Code::kNoisy;
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node)).has_value());
  EXPECT_FALSE(store_->FindByKey(SampleKey(node))->has_value());
}

PromptRecord SamplePrompt(const std::string& purpose, double dollars) {
  PromptRecord prompt;
  prompt.purpose = purpose;
  prompt.provider = "openai";
  prompt.model = "openai:small";
  prompt.messages = {{"system", "You write kernels."},
                     {"user", "bytes \x01 stay as they are"},
                     {"assistant", ""}};
  prompt.input_tokens = 100;
  prompt.cached_tokens = 20;
  prompt.output_tokens = 30;
  prompt.estimated = true;
  prompt.dollars = dollars;
  prompt.seconds = 1.5;
  prompt.created_wall_s = 1000;
  return prompt;
}

TEST_P(StoreContract, KeepsWhatWasSaidToAModelAndWhatItCost) {
  const Node node = SampleNode(1);
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node),
                                 {SamplePrompt("propose", 0.25),
                                  SamplePrompt("repair", 0.5)}));
  ASSERT_TRUE(store_->RecordPrompts({SamplePrompt("propose", 1)}));
  const auto found = store_->FindPrompts(1);
  ASSERT_TRUE(found.has_value()) << found.error().message;
  ASSERT_EQ(found->size(), 2u);
  EXPECT_EQ((*found)[1].purpose, "repair");
  EXPECT_EQ((*found)[0].model, "openai:small");
  ASSERT_EQ((*found)[0].messages.size(), 3u);
  EXPECT_EQ((*found)[0].messages[1].text, "bytes \x01 stay as they are");
  EXPECT_EQ((*found)[0].messages[2].role, "assistant");
  EXPECT_TRUE((*found)[0].estimated);
  EXPECT_EQ(store_->FindPrompts(0)->size(), 1u);
  EXPECT_EQ(store_->FindSpending(1)->calls, 2);
  EXPECT_DOUBLE_EQ(store_->FindSpending(1)->dollars, 0.75);
  EXPECT_EQ(store_->FindSpending(1)->tokens(), 260);
  EXPECT_EQ(store_->FindSpending(0)->calls, 1);
  EXPECT_EQ(store_->FindSpending(2)->calls, 0);
}

TEST_P(StoreContract, RecordingANodeTwiceRecordsItsCostOnce) {
  const Node node = SampleNode(1);
  const std::vector<PromptRecord> prompts = {SamplePrompt("propose", 0.25)};
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node), prompts));
  ASSERT_TRUE(store_->RecordNode(node, SampleKey(node), prompts));
  EXPECT_EQ(store_->FindSpending(1)->calls, 1);
}

TEST_P(StoreContract, ACallCountsItsAttempts) {
  PromptRecord repeated = SamplePrompt("propose", 0.25);
  repeated.calls = 3;
  PromptRecord refused = SamplePrompt("repair", 0);
  refused.calls = 0;
  ASSERT_TRUE(store_->RecordPrompts({repeated, refused}));
  EXPECT_EQ(store_->FindSpending(0)->calls, 3);
  EXPECT_EQ((*store_->FindPrompts(0))[0].calls, 3);
}

TEST_P(StoreContract, ARunKeepsWhatItHasCost) {
  RunRecord run = SampleRun();
  run.spending = {5, 4000, 300, 2000, 0.125, 61.5};
  run.judging = {12.5, 340.25};
  ASSERT_TRUE(store_->RecordRun(run));
  run.spending.calls = 6;
  ASSERT_TRUE(store_->RecordRun(run));
  const auto found = store_->FindRun();
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->spending, run.spending);
  EXPECT_EQ((*found)->judging, run.judging);
}

TEST_P(StoreContract, LogsEveryChangeByStep) {
  const Node node = SampleNode(1);
  EvaluationKey key = SampleKey(node);
  ASSERT_TRUE(store_->RecordRun(SampleRun()).has_value());
  ASSERT_TRUE(store_->RecordNode(node, key).has_value());
  ASSERT_TRUE(
      store_->RecordEvent("interrupt", "{\"by\":\"user\"}").has_value());
  key.stage = Stage::kFinal;
  ASSERT_TRUE(store_->RecordEvaluation(1, key, node.evaluation).has_value());
  const auto events = store_->FindEvents(0, 100);
  ASSERT_TRUE(events.has_value());
  ASSERT_EQ(events->size(), 4u);
  const std::vector<std::string> kinds = {"run", "node", "interrupt",
                                          "evaluation"};
  for (size_t i = 0; i < kinds.size(); ++i) {
    EXPECT_EQ((*events)[i].step, static_cast<int64_t>(i) + 1);
    EXPECT_EQ((*events)[i].kind, kinds[i]);
  }
  EXPECT_EQ((*events)[1].node, 1);
  EXPECT_EQ((*events)[2].detail_json, "{\"by\":\"user\"}");
  const auto page = store_->FindEvents(1, 2);
  ASSERT_TRUE(page.has_value());
  ASSERT_EQ(page->size(), 2u);
  EXPECT_EQ((*page)[0].step, 2);
}

TEST_P(StoreContract, TimePassingIsNoEvent) {
  RunRecord run = SampleRun();
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  run.seconds_used = 5;
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  EXPECT_EQ(store_->FindEvents(0, 100)->size(), 1u);
  EXPECT_EQ((*store_->FindRun())->seconds_used, 5);
  run.best = 3;
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  run.state = "done";
  ASSERT_TRUE(store_->RecordRun(run).has_value());
  EXPECT_EQ(store_->FindEvents(0, 100)->size(), 3u);
}

}  // namespace
}  // namespace kernelevolve
