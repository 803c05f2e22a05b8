#include "cli/kb_skills.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/testing/fake_clock.h"
#include "cli/exit_code.h"
#include "cli/kb.h"
#include "cli/testing/recording_console.h"
#include "engine/testing/toy_run.h"
#include "knowledge/skills/testing/sample_skills.h"

namespace kernelevolve::cli {
namespace {

class KbSkillsTest : public ::testing::Test {
 protected:
  KbSkillsTest() {
    // 2026-06-01.
    clock_.Advance(std::chrono::days(20'605));
    WriteSkill(SampleSkill("softmax_won"), knowledge());
  }
  fs::path knowledge() const { return data_->path() / "knowledge"; }

  // The exit code; -1 with the message in `error`.
  int Skills(Arguments arguments) {
    if (arguments.back() != "--help")
      arguments.insert(arguments.end(), {"--data", data_->path().string()});
    console.out.clear();
    const Result<int> result = RunKbSkills(arguments, session_);
    error = result ? "" : result.error().message;
    return result ? *result : -1;
  }
  // The toy run's folder.
  fs::path Run() {
    const fs::path folder = data_->path() / "run";
    EXPECT_TRUE(WriteToyData(data_->path()));
    OptimizeOptions options = ToyOptions(data_->path(), folder);
    FakeEvaluator evaluator(ToyLandscape);
    RecordingObserver observer;
    EXPECT_TRUE(Optimize(options, ShareEvaluator(evaluator), observer, clock_,
                         stop_));
    return folder;
  }

  RecordingConsole console;
  std::string error;
  FakeClock clock_;
  Result<TempFolder> data_ = TempFolder::Create("kb-skills");

  StopCondition stop_;
  Session session_{console, stop_, clock_};
};

TEST_F(KbSkillsTest, ListsInTextAndJson) {
  EXPECT_EQ(Skills({"list"}), kDone);
  EXPECT_NE(console.out.find("softmax_won  proposed, until 2026-12-31"),
            std::string::npos)
      << console.out;
  EXPECT_NE(console.out.find("From run softmax-1"), std::string::npos);
  EXPECT_EQ(Skills({"list", "--json"}), kDone);
  const auto line = ParseJson(console.out);
  ASSERT_TRUE(line.has_value()) << console.out;
  EXPECT_EQ(GetString(*line, "skill"), "softmax_won");
  EXPECT_EQ(GetString(*line, "state"), "proposed");
  EXPECT_EQ(GetMember(*line, "evidence").size(), 2u);
}

TEST_F(KbSkillsTest, AMalformedSkillIsNamed) {
  ASSERT_TRUE(WriteFileAtomic(knowledge() / "skills/bad.md", "no"));
  EXPECT_EQ(Skills({"list"}), kNothing);
  EXPECT_NE(console.out.find("knowledge/skills/bad.md:1: found no front matter"),
            std::string::npos)
      << console.out;
}

TEST_F(KbSkillsTest, LintLooksAtSkillsToo) {
  ASSERT_TRUE(WriteFileAtomic(knowledge() / "skills/bad.md", "no"));
  const Result<int> code =
      RunKbLint({"--write-index", "--data", data_->path().string()}, session_);
  EXPECT_EQ(*code, kNothing);
  EXPECT_NE(console.out.find("skills/bad.md:1:"), std::string::npos)
      << console.out;
  EXPECT_EQ(console.out.find("softmax_won"), std::string::npos);
}

TEST_F(KbSkillsTest, ReviewsAndExpires) {
  EXPECT_EQ(Skills({"review", "softmax_won"}), -1);
  EXPECT_NE(error.find("--by"), std::string::npos);
  EXPECT_EQ(Skills({"review", "softmax_won", "--by", "A. Reader"}), kDone);
  EXPECT_EQ(console.out,
            "softmax_won: reviewed by A. Reader; prompts may tell it until "
            "2026-12-31\n");
  EXPECT_EQ(Skills({"expire", "softmax_won", "--json"}), kDone);
  EXPECT_EQ(GetString(*ParseJson(console.out), "state"), "expired");
  EXPECT_EQ(Skills({"review", "softmax_won", "--by", "A. Reader"}), -1);
  EXPECT_EQ(Skills({"expire", "softmax_wo"}), -1);
  EXPECT_NE(error.find("did you mean softmax_won?"), std::string::npos);
}

TEST_F(KbSkillsTest, ADayPastItsLastIsShownAsExpired) {
  clock_.Advance(std::chrono::days(365));
  EXPECT_EQ(Skills({"list", "--json"}), kDone);
  EXPECT_EQ(GetString(*ParseJson(console.out), "state"), "expired");
}

TEST_F(KbSkillsTest, DistilsARunOnce) {
  const std::string run = Run().string();
  ASSERT_EQ(Skills({"distil", run}), kDone) << error;
  EXPECT_NE(console.out.find("Wrote "), std::string::npos) << console.out;
  EXPECT_EQ(Skills({"distil", run, "--json"}), kDone);
  EXPECT_NE(console.out.find("\"written\":false"), std::string::npos)
      << console.out;
  EXPECT_EQ(Skills({"list"}), kDone) << console.out;
  EXPECT_NE(console.out.find("twice_"), std::string::npos) << console.out;
  EXPECT_EQ(Skills({"distil", "no-such-run"}), -1);
}

TEST_F(KbSkillsTest, EveryHelpFitsAScreenAndHasAnExample) {
  for (const Arguments& words :
       {Arguments{"--help"}, Arguments{"list", "--help"},
        Arguments{"review", "--help"}, Arguments{"expire", "--help"},
        Arguments{"distil", "--help"}}) {
    EXPECT_EQ(Skills(words), kDone);
    EXPECT_LE(std::count(console.out.begin(), console.out.end(), '\n'), 24);
    EXPECT_NE(console.out.find("Example:\n  kernelevolve kb skills"),
              std::string::npos);
  }
  EXPECT_EQ(Skills({"lst"}), -1);
  EXPECT_NE(error.find("did you mean list?"), std::string::npos);
}

TEST(SkillsFolder, DefaultIsTheKnowledgeBase) {
  EXPECT_EQ(SkillsFolderOf("default", "/d"), "/d/knowledge/skills");
  EXPECT_EQ(SkillsFolderOf("mine", "/d"), "mine");
  EXPECT_TRUE(SkillsFolderOf("", "/d").empty());
}

}  // namespace
}  // namespace kernelevolve::cli
