#include "engine/verify.h"

#include <gtest/gtest.h>

#include "engine/export.h"
#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

constexpr const char* kSource = R"~(// ke:tune UNROLL = 1 in {1, 2}
#include <kernelevolve/abi.h>
extern "C" int ke_run(const ke_call* call) { return UNROLL - UNROLL; }
)~";
const char* const kMachine = "a fake device";

class VerifyTest : public testing::Test {
 protected:
  VerifyTest() : temporary_(*TempFolder::Create("verify")) {
    options_.data = root() / "data";
    Write("data/targets/native/target.toml",
          "name = \"native\"\nkind = \"cpu\"\n[languages.cpp]\n"
          "extension = \".cc\"\ncompile = [\"g++\", \"-I{include}\", "
          "\"{defines}\", \"-o\", \"{output}\", \"{source}\"]\n");
    for (const auto& [path, contents] : ToyTask().files)
      Write("tasks/twice/" + path, contents);
    Write("tasks/kernels/twice.cc", kSource);
    recorded_.candidate = "kernels/twice.cc";
    recorded_.task = MakeJudgedTask(ToyTask(), "twice");
    recorded_.target = "cpp@native";
    recorded_.parameters = {{"UNROLL", "2"}};
    recorded_.machine.device = kMachine;
    recorded_.evaluation = FakeAccepted(3, 0.02);
    recorded_.evaluation.stage = Stage::kConfirm;
    recorded_.evaluation.candidate_id = TheCandidate().Id();
  }

  static Candidate TheCandidate() {
    return {"cpp", kSource, {{"UNROLL", "2"}}, "twice"};
  }
  fs::path root() const { return temporary_.path(); }
  void Write(const std::string& path, const std::string& contents) const {
    ASSERT_TRUE(MakeFolders((root() / path).parent_path()));
    ASSERT_TRUE(WriteFileAtomic(root() / path, contents));
  }
  // Beside the task, in a folder below.
  void Store() const {
    Write("tasks/found/one/result.json", DumpJson(ToJson(recorded_)));
  }
  fs::path Export(const std::string& name) const {
    ExportRequest request;
    request.task = ToyTask();
    request.target = ToyTarget();
    request.candidate = TheCandidate();
    request.evaluation = FakeAccepted(3, 0.02);
    request.evaluation.stage = Stage::kFinal;
    request.device = kMachine;
    request.abi_header = fs::path(__FILE__).parent_path().parent_path()
                             .parent_path() / "include/kernelevolve/abi.h";
    const auto exported =
        ExportKernel(request, ExportFormat::kC, root() / name);
    EXPECT_TRUE(exported) << exported.error().message;
    return root() / name;
  }

  FoundResults Find(const fs::path& path, bool all = false) const {
    auto found = FindStoredResults(path, all, StopCondition());
    if (!found) ADD_FAILURE() << found.error().message;
    return found ? std::move(*found) : FoundResults();
  }
  Result<VerifyReport> Verify(const FoundResult& found, Evaluator& evaluator,
                              bool device_here = true) const {
    return kernelevolve::Verify(
        found, options_,
        [&](const Target&) -> Result<std::optional<JudgeHere>> {
          if (!device_here) return std::nullopt;
          JudgeHere judge;
          judge.evaluator = &evaluator;
          judge.machine.device = kMachine;
          return judge;
        },
        StopCondition());
  }
  // Of the one result that is there, by a judge who measures these, in turn.
  VerifyReport VerifyMeasuring(std::vector<double> speedups) {
    size_t next = 0;
    FakeEvaluator evaluator([&](const EvaluationRequest&) {
      const double speedup = speedups[std::min(next++, speedups.size() - 1)];
      return speedup > 0 ? FakeAccepted(speedup, 0.02)
                         : FakeRejected(Code::kWrongOutput);
    });
    const FoundResults found = Find(root() / "tasks", true);
    EXPECT_EQ(found.results.size(), 1u);
    auto report = Verify(found.results.at(0), evaluator);
    if (!report) ADD_FAILURE() << report.error().message;
    calls_ = static_cast<int>(next);
    return report ? *report : VerifyReport();
  }

  TempFolder temporary_;
  VerifyOptions options_;
  StoredResult recorded_;
  int calls_ = 0;
};

TEST_F(VerifyTest, JudgesTheSameKernelAtItsOwnStage) {
  Store();
  FakeEvaluator evaluator(
      [](const EvaluationRequest& request) {
        EXPECT_EQ(request.secret, "");  // a fresh one
        EXPECT_EQ(request.task.name, "twice");
        return FakeAccepted(3.01, 0.02);
      });
  const FoundResults found = Find(root() / "tasks/found/one/result.json");
  ASSERT_EQ(found.results.size(), 1u);
  const auto report = Verify(found.results[0], evaluator);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok());
  EXPECT_NE(report->conclusion.find("as recorded"), std::string::npos);
  EXPECT_EQ(evaluator.seen(Stage::kConfirm),
            std::vector<std::string>{TheCandidate().Id()});
}

TEST_F(VerifyTest, AStageThatIsAskedForIsUsed) {
  Store();
  options_.stage = Stage::kSearch;
  EXPECT_EQ(VerifyMeasuring({3}).today->evaluation.stage, Stage::kSearch);
}

TEST_F(VerifyTest, SlowerCountsOnlyTwice) {
  Store();
  const VerifyReport once = VerifyMeasuring({2, 3});
  EXPECT_EQ(calls_, 2);
  EXPECT_TRUE(once.ok());
  EXPECT_NE(once.conclusion.find("measured twice, the first time 2"),
            std::string::npos);
  const VerifyReport twice = VerifyMeasuring({2, 2.1});
  EXPECT_EQ(calls_, 2);
  EXPECT_EQ(twice.comparison.outcome, Outcome::kSlower);
  EXPECT_FALSE(twice.ok());
}

TEST_F(VerifyTest, ElsewhereSlowerIsMeasuredOnce) {
  recorded_.machine.device = "another device";
  Store();
  const VerifyReport report = VerifyMeasuring({2});
  EXPECT_EQ(calls_, 1);
  EXPECT_EQ(report.comparison.outcome, Outcome::kSlower);
  EXPECT_TRUE(report.ok());
}

TEST_F(VerifyTest, FasterAndWrongAreTold) {
  Store();
  EXPECT_EQ(VerifyMeasuring({4}).comparison.outcome, Outcome::kFaster);
  const VerifyReport wrong = VerifyMeasuring({0});
  EXPECT_FALSE(wrong.ok());
  EXPECT_NE(wrong.conclusion.find("WRONG_OUTPUT"), std::string::npos);
}

TEST_F(VerifyTest, AChangedKernelIsNotJudged) {
  Store();
  Write("tasks/kernels/twice.cc", std::string(kSource) + "// better\n");
  const VerifyReport report = VerifyMeasuring({3});
  EXPECT_EQ(calls_, 0);
  EXPECT_EQ(report.comparison.outcome, Outcome::kUnreadable);
  EXPECT_NE(report.comparison.reason.find("twice.cc is not the kernel"),
            std::string::npos);
  EXPECT_FALSE(report.ok());
}

TEST_F(VerifyTest, TheKernelIsFoundByItsContent) {
  Write("tasks/found/kernels/twice.cc", "// another one, nearer\n");
  Store();
  EXPECT_TRUE(VerifyMeasuring({3}).ok());
  EXPECT_EQ(calls_, 1);
}

TEST_F(VerifyTest, AMissingKernelIsNamed) {
  recorded_.candidate = "kernels/gone.cc";
  Store();
  EXPECT_NE(VerifyMeasuring({3}).conclusion.find("kernels/gone.cc"),
            std::string::npos);
}

TEST_F(VerifyTest, AChangedTaskIsJudgedAsItIsNow) {
  Store();
  Write("tasks/twice/task.toml", "# changed\n" + ToyTask().files.at("task.toml"));
  const VerifyReport report = VerifyMeasuring({2});
  EXPECT_EQ(calls_, 2);
  ASSERT_FALSE(report.comparison.differs.empty());
  EXPECT_NE(report.comparison.differs[0].find("task was changed"),
            std::string::npos);
}

TEST_F(VerifyTest, OneShapeAloneStaysAlone) {
  recorded_.task.only_shapes = {"only"};
  Store();
  EXPECT_EQ(VerifyMeasuring({3}).today->evaluation.shapes.size(), 1u);
  recorded_.task.only_shapes = {"nowhere"};
  Store();
  EXPECT_NE(VerifyMeasuring({3}).conclusion.find("'nowhere'"),
            std::string::npos);
}

TEST_F(VerifyTest, WhatIsMissingIsNamed) {
  recorded_.task.words = "";
  recorded_.target = "";
  Store();
  const VerifyReport report = VerifyMeasuring({3});
  EXPECT_EQ(report.comparison.outcome, Outcome::kUnreadable);
  EXPECT_NE(report.comparison.reason.find("\"task\" and \"target\""),
            std::string::npos);
}

TEST_F(VerifyTest, AResultWithoutChecksIsNone) {
  recorded_.without_checks = {"poison"};
  Store();
  EXPECT_NE(VerifyMeasuring({3}).conclusion.find("without the checks poison"),
            std::string::npos);
  EXPECT_EQ(calls_, 0);
}

TEST_F(VerifyTest, WhatCannotRunHereIsNoFailure) {
  Store();
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const FoundResults found = Find(root() / "tasks", true);
  const auto absent = Verify(found.results.at(0), evaluator, false);
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->comparison.outcome, Outcome::kNotRun);
  EXPECT_TRUE(absent->ok());
  recorded_.target = "cuda@sm_999";
  Store();
  const FoundResults unknown = Find(root() / "tasks", true);
  const auto report = Verify(unknown.results.at(0), evaluator);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->comparison.outcome, Outcome::kNotRun);
  EXPECT_EQ(evaluator.calls(Stage::kConfirm), 0);
}

TEST_F(VerifyTest, AnExportIsJudgedLikeAnyResult) {
  const fs::path folder = Export("out");
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3.01, 0.02); });
  const auto report = Verify(Find(folder).results.at(0), evaluator);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok());
  EXPECT_TRUE(report->comparison.same_kind);
  EXPECT_EQ(report->name, folder.string());
  EXPECT_EQ(evaluator.seen(Stage::kFinal),
            std::vector<std::string>{TheCandidate().Id()});
}

TEST_F(VerifyTest, AnExportThatWasChangedIsRefused) {
  const fs::path folder = Export("out");
  Write("out/kernel.cc", *ReadFile(folder / "kernel.cc") + "// better\n");
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const auto report = Verify(Find(folder).results.at(0), evaluator);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->comparison.outcome, Outcome::kUnreadable);
  EXPECT_NE(report->comparison.reason.find("kernel.cc"), std::string::npos);
}

TEST_F(VerifyTest, FindsResultsInOrderAndExportsWhole) {
  Export("all/export");
  const std::string object = DumpJson(ToJson(recorded_));
  Write("all/export/more.json", object);  // of the export's own business
  Write("all/b.jsonl", "\n" + object + "\n{\"other\": 1}\n" + object + "\n");
  Write("all/a/result.json", DumpPrettyJson(ToJson(recorded_)));
  Write("all/a/notes.txt", object);
  Write("all/manifest.json", "{\"name\": \"a web page\"}");
  std::vector<std::string> names;
  for (const FoundResult& found : Find(root() / "all", true).results)
    names.push_back(fs::relative(found.name(), root() / "all").string());
  EXPECT_EQ(names, (std::vector<std::string>{"a/result.json", "b.jsonl:2",
                                             "b.jsonl:4", "export"}));
}

TEST_F(VerifyTest, AFileMayHoldSeveral) {
  const std::string object = DumpJson(ToJson(recorded_));
  Write("lines.jsonl", object + "\n" + object + "\n");
  EXPECT_EQ(Find(root() / "lines.jsonl").results.size(), 2u);
}

TEST_F(VerifyTest, HostileFoldersAreOnlyRead) {
  Store();
  Write("tasks/found/deep.json", std::string(100000, '['));
  Write("tasks/found/bytes.jsonl", std::string("\0\xff\n{\n", 6));
  Write("tasks/found/none.jsonl", "");
  std::error_code error;
  fs::create_symlink(root() / "tasks", root() / "tasks/found/loop", error);
  fs::create_symlink(root() / "tasks/found/one/result.json",
                     root() / "tasks/found/link.json", error);
  fs::create_directory(root() / "tasks/found/folder.json", error);
  Json broken = ToJson(recorded_);
  broken["stage"] = "\x1b[2J";
  Write("tasks/found/broken.json", DumpJson(broken));
  const FoundResults found = Find(root() / "tasks", true);
  ASSERT_EQ(found.results.size(), 2u);
  EXPECT_FALSE(found.results[0].result);
  EXPECT_TRUE(found.results[1].result);
  EXPECT_EQ(found.passed_over.size(), 2u);
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const auto report = Verify(found.results[0], evaluator);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->comparison.outcome, Outcome::kUnreadable);
  EXPECT_EQ(report->conclusion.find('\x1b'), std::string::npos);
}

// Their kernels and tasks are there and are those that were measured; a
// KernelBench file would take Python to import.
TEST_F(VerifyTest, TheResultsOfThisProjectCanBeJudged) {
  options_.data = fs::path(__FILE__).parent_path().parent_path().parent_path();
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const FoundResults found = Find(options_.data / "results", true);
  EXPECT_GT(found.results.size(), 3u);
  for (const FoundResult& result : found.results) {
    if (result.result && result.result->task.words.ends_with(".py")) continue;
    const auto report = Verify(result, evaluator);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_TRUE(report->today) << report->name << ": " << report->conclusion;
  }
}

TEST_F(VerifyTest, NothingToJudgeIsAnError) {
  Store();
  for (const auto& [path, all, words] :
       {std::tuple("tasks/twice", true, "holds no result"),
        std::tuple("tasks/twice/task.toml", false, "holds no result"),
        std::tuple("tasks", false, "--all"),
        std::tuple("nowhere", true, "no such file")}) {
    const auto refused =
        FindStoredResults(root() / path, all, StopCondition());
    ASSERT_FALSE(refused) << path;
    EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
    EXPECT_NE(refused.error().message.find(words), std::string::npos)
        << refused.error().message;
  }
}

}  // namespace
}  // namespace kernelevolve
