// Runs of several languages, on the toy world.
#include <gtest/gtest.h>

#include <set>

#include "engine/finished_run.h"
#include "engine/optimize.h"
#include "engine/testing/toy_run.h"
#include "eval/testing/toy_task.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

class LanguageRunTest : public testing::Test {
 protected:
  LanguageRunTest() : folder_(*TempFolder::Create("languages")) {
    EXPECT_TRUE(WriteToyData(data()));
    const fs::path recipes = data() / "knowledge" / "recipes";
    EXPECT_TRUE(MakeFolders(recipes / "cuda"));
    for (const char* name : {"quick", "plain"})
      fs::copy_file(recipes / "cpp" / (std::string(name) + ".cc"),
                    recipes / "cuda" / (std::string(name) + ".cu"));
    options_ = ToyOptions(data(), run());
    options_.targets = *TargetSet::Make({ToyTarget(), CudaTarget()});
    options_.budget.nodes = 120;
    options_.drafts = 4;
  }
  fs::path data() const { return folder_.path() / "data"; }
  fs::path run() const { return folder_.path() / "run"; }

  static Target CudaTarget() {
    Target target = ToyTarget();
    target.language = "cuda";
    target.compile.extension = ".cu";
    return target;
  }
  // Kernels in `slow` take twice as long; each is judged for its own target.
  Evaluation Judge(const EvaluationRequest& request) {
    if (request.target.language != request.candidate.language)
      return FakeRejected(Code::kBuildFailed);
    Evaluation evaluation = ToyLandscape(request);
    return FakeAccepted(evaluation.speedup /
                        (request.candidate.language == slow_ ? 2 : 1));
  }
  Result<RunSummary> Go() {
    return Optimize(options_, ShareEvaluator(evaluator_), observer_, clock_,
                    stop_);
  }

  TempFolder folder_;
  std::string slow_ = "cuda";
  OptimizeOptions options_;
  FakeEvaluator evaluator_{
      [this](const EvaluationRequest& request) { return Judge(request); }};
  RecordingObserver observer_;
  SystemClock clock_;
  StopCondition stop_;
};

TEST_F(LanguageRunTest, SharesTheBudgetByWhatLanguagesReturn) {
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->nodes, 120);
  EXPECT_EQ(summary->accepted, 120);  // none for another's target
  const LanguageCount cpp = summary->languages.at("cpp");
  const LanguageCount cuda = summary->languages.at("cuda");
  EXPECT_EQ(cpp.nodes + cuda.nodes, 120);
  EXPECT_GE(cuda.nodes, 8);
  EXPECT_GT(cpp.nodes, cuda.nodes);
  EXPECT_GT(cpp.best, cuda.best);
  ASSERT_TRUE(summary->best);
  EXPECT_EQ(summary->best->candidate.language, "cpp");
}

TEST_F(LanguageRunTest, TheBestOfAnyLanguageWins) {
  slow_ = "cpp";
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  ASSERT_TRUE(summary->best && summary->final);
  EXPECT_EQ(summary->best->candidate.language, "cuda");
  EXPECT_EQ(summary->best_kernel.filename(), "kernel.cu");
  EXPECT_TRUE(fs::exists(summary->best_kernel));
  // What led before in another language is gone.
  EXPECT_FALSE(fs::exists(run() / "best" / "kernel.cc"));
  const auto read = ReadRun(run(), data());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->record.target, "cpp@native,cuda@native");
  EXPECT_EQ(read->summary.best_kernel, summary->best_kernel);
  EXPECT_EQ(read->summary.languages.at("cuda").nodes,
            summary->languages.at("cuda").nodes);
}

TEST_F(LanguageRunTest, EvaluationsAreKeyedByTheirOwnTarget) {
  options_.budget.nodes = 20;
  ASSERT_TRUE(Go());
  auto store = OpenStore(run(), OpenMode::kReadOnly);
  ASSERT_TRUE(store);
  const std::vector<Node> nodes = *(*store)->FindNodes();
  for (const Node& node : nodes) {
    EvaluationKey key;
    key.candidate_id = node.candidate.Id();
    key.task_digest = options_.task.Digest();
    key.target = node.candidate.language + "@native";
    key.toolchain = "fake 1.0";
    key.device = "a fake device";
    const auto found = (*store)->FindByKey(key);
    ASSERT_TRUE(found);
    EXPECT_TRUE(*found);
  }
}

TEST_F(LanguageRunTest, AResumedRunGoesOnInBoth) {
  options_.budget.nodes = 30;
  ASSERT_TRUE(Go());
  options_.resume = true;
  options_.budget.nodes = 60;
  // In whatever order they are named.
  options_.targets = *TargetSet::Make({CudaTarget(), ToyTarget()});
  const auto summary = Go();
  ASSERT_TRUE(summary) << summary.error().message;
  EXPECT_EQ(summary->nodes, 60);
  std::set<std::string> candidates, languages;
  const std::vector<Node> nodes = ReadRun(run(), data())->nodes;
  for (const Node& node : nodes) {
    candidates.insert(node.candidate.Id());
    if (node.id > 30) languages.insert(node.candidate.language);
    EXPECT_TRUE(node.evaluation.accepted());
  }
  EXPECT_EQ(candidates.size(), 60u);
  EXPECT_EQ(languages.size(), 2u);
  options_.targets = ToyTarget();
  const auto refused = Go();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
}

TEST_F(LanguageRunTest, ASeedKernelIsOfItsFilesLanguage) {
  const fs::path kernel = folder_.path() / "mine.cu";
  ASSERT_TRUE(WriteFileAtomic(kernel, "// mine\n"));
  options_.seed_kernel = kernel;
  options_.budget.nodes = 3;
  ASSERT_TRUE(Go());
  const auto nodes = ReadRun(run(), data())->nodes;
  ASSERT_EQ(nodes.front().kind, NodeKind::kSeed);
  EXPECT_EQ(nodes.front().candidate.language, "cuda");
}

}  // namespace
}  // namespace kernelevolve
