#include "engine/verify.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

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
    request.abi_header = *DataFolder() / "include/kernelevolve/abi.h";
    const auto exported =
        ExportKernel(request, ExportFormat::kC, root() / name);
    EXPECT_TRUE(exported) << exported.error().message;
    return root() / name;
  }

  std::vector<FoundResult> Find(const fs::path& path, bool all = false) const {
    auto found = FindStoredResults(path, all, StopCondition());
    if (!found) ADD_FAILURE() << found.error().message;
    return found ? std::move(*found) : std::vector<FoundResult>();
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
    const std::vector<FoundResult> found = Find(root() / "tasks", true);
    EXPECT_EQ(found.size(), 1u);
    auto report = Verify(found.at(0), evaluator);
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
  const std::vector<FoundResult> found = Find(root() / "tasks/found/one/result.json");
  ASSERT_EQ(found.size(), 1u);
  const auto report = Verify(found[0], evaluator);
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
  const std::vector<FoundResult> found = Find(root() / "tasks", true);
  const auto absent = Verify(found.at(0), evaluator, false);
  ASSERT_TRUE(absent);
  EXPECT_EQ(absent->comparison.outcome, Outcome::kNotRun);
  EXPECT_TRUE(absent->ok());
  recorded_.target = "cuda@sm_999";
  Store();
  const std::vector<FoundResult> unknown = Find(root() / "tasks", true);
  const auto report = Verify(unknown.at(0), evaluator);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->comparison.outcome, Outcome::kNotRun);
  EXPECT_EQ(evaluator.calls(Stage::kConfirm), 0);
}

// One whose device, worker or import fails is not the end of the others.
TEST_F(VerifyTest, AJudgeThatDoesNotStartIsToldOfEachResult) {
  Store();
  const FoundResult found = Find(root() / "tasks", true).at(0);
  const auto without = [&](ErrorCode code) {
    return kernelevolve::Verify(
        found, options_,
        [&](const Target&) -> Result<std::optional<JudgeHere>> {
          return Fail(code, "the worker does not start");
        },
        StopCondition());
  };
  const auto broken = without(ErrorCode::kInfrastructure);
  ASSERT_TRUE(broken) << broken.error().message;
  EXPECT_EQ(broken->comparison.outcome, Outcome::kJudgeFailed);
  EXPECT_EQ(broken->conclusion, "the judge failed: the worker does not start");
  const auto bad = without(ErrorCode::kBadInput);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->comparison.outcome, Outcome::kJudgeFailed);
  const auto missing = without(ErrorCode::kMissing);
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->comparison.outcome, Outcome::kNotRun);
  const auto interrupted = without(ErrorCode::kInterrupted);
  ASSERT_FALSE(interrupted);
  EXPECT_EQ(interrupted.error().code, ErrorCode::kInterrupted);
}

TEST_F(VerifyTest, AFailureIsOfItsResultAlone) {
  Store();
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  FoundResult found = Find(root() / "tasks", true).at(0);
  for (const auto& [code, outcome] :
       {std::pair(ErrorCode::kInfrastructure, Outcome::kJudgeFailed),
        std::pair(ErrorCode::kMissing, Outcome::kNotRun),
        std::pair(ErrorCode::kBadInput, Outcome::kUnreadable)}) {
    found.result = Fail(code, "as it is");
    const auto report = Verify(found, evaluator);
    ASSERT_TRUE(report) << report.error().message;
    EXPECT_EQ(report->comparison.outcome, outcome);
    EXPECT_EQ(report->comparison.reason, "as it is");
    EXPECT_FALSE(report->today);
  }
}

TEST_F(VerifyTest, WhatWasJudgedNowIsComplete) {
  recorded_.parameters = {};
  recorded_.evaluation.candidate_id =
      Candidate{"cpp", kSource, {{"UNROLL", "1"}}, ""}.Id();
  Store();
  const VerifyReport report = VerifyMeasuring({3});
  ASSERT_TRUE(report.today) << report.conclusion;
  EXPECT_FALSE(report.exported);
  EXPECT_EQ(report.today->parameters, (ParameterValues{{"UNROLL", "1"}}));
  Write("tasks/found/one/result.json", DumpJson(ToJson(*report.today)));
  EXPECT_TRUE(VerifyMeasuring({3}).ok());
  recorded_.task.only_shapes = {"only"};
  Store();
  EXPECT_EQ(VerifyMeasuring({3}).today->task.only_shapes,
            std::vector<std::string>{"only"});
}

TEST_F(VerifyTest, AnAcceptedOneMustSayItsInterval) {
  for (const Interval& interval :
       {Interval{0, 0}, Interval{0, 3}, Interval{3, 2}, Interval{-1, 2}}) {
    recorded_.evaluation.speedup_ci = interval;
    Store();
    const VerifyReport report = VerifyMeasuring({4});
    EXPECT_EQ(calls_, 0);
    EXPECT_EQ(report.comparison.outcome, Outcome::kUnreadable);
    EXPECT_NE(report.comparison.reason.find("\"speedup_ci\""),
              std::string::npos);
  }
  recorded_.evaluation = FakeRejected(Code::kWrongOutput);
  recorded_.evaluation.candidate_id = TheCandidate().Id();
  Store();
  EXPECT_TRUE(VerifyMeasuring({0}).ok());
}

TEST_F(VerifyTest, AnExportIsJudgedLikeAnyResult) {
  const fs::path folder = Export("out");
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3.01, 0.02); });
  const auto report = Verify(Find(folder).at(0), evaluator);
  ASSERT_TRUE(report) << report.error().message;
  EXPECT_TRUE(report->ok());
  EXPECT_TRUE(report->comparison.same_kind);
  EXPECT_EQ(report->name, folder.string());
  EXPECT_TRUE(report->exported);
  EXPECT_EQ(report->today->task.digest, ToyTask().Digest());
  EXPECT_EQ(evaluator.seen(Stage::kFinal),
            std::vector<std::string>{TheCandidate().Id()});
}

TEST_F(VerifyTest, AnExportThatWasChangedIsRefused) {
  const fs::path folder = Export("out");
  Write("out/kernel.cc", *ReadFile(folder / "kernel.cc") + "// better\n");
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const auto report = Verify(Find(folder).at(0), evaluator);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->comparison.outcome, Outcome::kUnreadable);
  EXPECT_NE(report->comparison.reason.find("kernel.cc"), std::string::npos);
}

// What else a manifest may name: each would be read, or hang, where it is opened.
TEST_F(VerifyTest, AnExportHoldsPlainFilesAlone) {
  const fs::path folder = Export("out");
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  std::error_code error;
  const auto refused = [&](const char* name) {
    const auto report = Verify(Find(folder).at(0), evaluator);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->comparison.outcome, Outcome::kUnreadable) << name;
    EXPECT_NE(report->comparison.reason.find(name), std::string::npos)
        << report->comparison.reason;
  };
  fs::rename(folder / "kernel.cc", root() / "kernel.cc", error);
  ASSERT_EQ(::mkfifo((folder / "kernel.cc").c_str(), 0600), 0);
  refused("kernel.cc");
  fs::remove(folder / "kernel.cc", error);
  fs::create_symlink(root() / "kernel.cc", folder / "kernel.cc", error);
  refused("kernel.cc");
  fs::remove(folder / "kernel.cc", error);
  fs::rename(root() / "kernel.cc", folder / "kernel.cc", error);
  EXPECT_TRUE(Verify(Find(folder).at(0), evaluator)->today);
  fs::resize_file(folder / "kernel.cc", 65 << 20, error);
  refused("kernel.cc");
  fs::rename(folder / "task", root() / "behind", error);
  fs::create_directory_symlink(root() / "behind", folder / "task", error);
  refused("task/task.toml");
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
  for (const FoundResult& found : Find(root() / "all", true))
    names.push_back(fs::relative(found.name(), root() / "all").string());
  EXPECT_EQ(names, (std::vector<std::string>{"a/result.json", "b.jsonl:2",
                                             "b.jsonl:4", "export"}));
}

TEST_F(VerifyTest, AFileMayHoldSeveral) {
  const std::string object = DumpJson(ToJson(recorded_));
  Write("lines.jsonl", object + "\n" + object + "\n");
  EXPECT_EQ(Find(root() / "lines.jsonl").size(), 2u);
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
  const std::vector<FoundResult> found = Find(root() / "tasks", true);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FALSE(found[0].result);
  EXPECT_TRUE(found[1].result);
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const auto report = Verify(found[0], evaluator);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->comparison.outcome, Outcome::kUnreadable);
  EXPECT_EQ(report->conclusion.find('\x1b'), std::string::npos);
}

// Their kernels and tasks are there and are those that were measured; a
// KernelBench file would take Python to import.
TEST_F(VerifyTest, TheResultsOfThisProjectCanBeJudged) {
  options_.data = *DataFolder();
  FakeEvaluator evaluator([](const auto&) { return FakeAccepted(3); });
  const std::vector<FoundResult> found = Find(options_.data / "results", true);
  EXPECT_GT(found.size(), 3u);
  for (const FoundResult& result : found) {
    EXPECT_TRUE(result.result) << result.name();
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
