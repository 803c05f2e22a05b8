#include "cli/kb.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/json.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/testing/recording_console.h"
#include "knowledge/docs/testing/sample_documents.h"

namespace kernelevolve::cli {
namespace {

class KbTest : public testing::Test {
 protected:
  KbTest() {
    Document guards = SampleDocument("guidance/debugging/guards.md", "Guards");
    guards.errors = {Code::kOob};
    WriteDocuments({guards, SampleDocument("constraints/abi.md", "The ABI")},
                   knowledge());
  }
  fs::path knowledge() const { return data_->path() / "knowledge"; }

  // The exit code; -1 with the message in `error`.
  int Kb(Arguments arguments) {
    const bool named = !arguments.empty() && !arguments[0].starts_with("-");
    const bool help = std::find(arguments.begin(), arguments.end(), "--help") !=
                      arguments.end();
    if (named && !help)
      arguments.insert(arguments.end(), {"--data", data_->path().string()});
    console.out.clear();
    const Result<int> result = RunKb(arguments, session_);
    error = result ? "" : result.error().message;
    return result ? *result : -1;
  }

  RecordingConsole console;
  std::string error;

 private:
  Result<TempFolder> data_ = TempFolder::Create("kb");
  StopCondition stop_;
  SystemClock clock_;
  Session session_{console, stop_, clock_};
};

TEST_F(KbTest, LintCountsOrNamesEachMistake) {
  EXPECT_EQ(Kb({"lint"}), kDone);
  EXPECT_EQ(console.out, "2 documents, no mistakes\n");
  ASSERT_TRUE(WriteFileAtomic(knowledge() / "constraints/bad.md", "no"));
  EXPECT_EQ(Kb({"lint"}), kNothing);
  EXPECT_NE(console.out.find("constraints/bad.md:1: found no front matter"),
            std::string::npos);
}

TEST_F(KbTest, LintWritesTheIndexWhenAsked) {
  fs::remove(knowledge() / "index.md");
  EXPECT_EQ(Kb({"lint"}), kNothing);
  EXPECT_EQ(Kb({"lint", "--write-index"}), kDone);
  EXPECT_TRUE(fs::exists(knowledge() / "index.md"));
}

TEST_F(KbTest, SearchAnswersInTextAndJson) {
  EXPECT_EQ(Kb({"search", "--error", "OOB", "--explain"}), kDone);
  EXPECT_NE(console.out.find("knowledge/guidance/debugging/guards.md"),
            std::string::npos);
  EXPECT_NE(console.out.find("error OOB +"), std::string::npos);
  EXPECT_EQ(Kb({"search", "abi", "--json", "--limit", "1"}), kDone);
  const auto line = ParseJson(console.out);
  ASSERT_TRUE(line.has_value()) << console.out;
  EXPECT_EQ(GetString(*line, "path"), "constraints/abi.md");
  EXPECT_EQ(Kb({"search", "zzz"}), kNothing);
}

TEST_F(KbTest, SearchKnowsItsWords) {
  EXPECT_EQ(Kb({"search", "--error", "OBB"}), -1);
  EXPECT_EQ(error, "--error: found 'OBB', expected OOB");
  EXPECT_EQ(Kb({"search", "--platform", "gpu"}), -1);
  EXPECT_NE(error.find("--platform"), std::string::npos);
}

TEST_F(KbTest, AddMakesADocumentThatLintWantsWritten) {
  EXPECT_EQ(Kb({"add", "Streaming stores", "--under",
                "hardware/cpu/optimization", "--bottleneck", "memory"}),
            kDone);
  const fs::path file =
      knowledge() / "hardware/cpu/optimization/streaming_stores.md";
  EXPECT_TRUE(fs::exists(file));
  EXPECT_EQ(Kb({"lint"}), kNothing);
  const std::vector<std::string_view> lines = Split(console.out, '\n');
  EXPECT_TRUE(std::all_of(lines.begin(), lines.end(), [](auto line) {
    return line.empty() || line.find("TO BE WRITTEN") != line.npos;
  })) << console.out;
  EXPECT_EQ(
      Kb({"add", "Streaming stores", "--under", "hardware/cpu/optimization"}),
      -1);
  EXPECT_NE(error.find("is there already"), std::string::npos);
}

TEST_F(KbTest, AddTakesAFinishedDocumentInButNoOther) {
  const Result<TempFolder> folder = TempFolder::Create("kb-add");
  const fs::path file = folder->path() / "mine.md";
  ASSERT_TRUE(WriteFileAtomic(file, "no document"));
  EXPECT_EQ(Kb({"add", file.string(), "--under", "constraints"}), -1);
  EXPECT_NE(error.find("not a document"), std::string::npos);
  const auto text = ReadFile(knowledge() / "constraints/abi.md");
  ASSERT_TRUE(WriteFileAtomic(file, ReplaceAll(*text, "The ABI", "Mine")));
  EXPECT_EQ(Kb({"add", file.string(), "--under", "constraints"}), kDone);
  EXPECT_EQ(Kb({"lint"}), kDone) << console.out;
}

TEST_F(KbTest, AddRefusesWhatIsNoPlaceOrNoWord) {
  EXPECT_EQ(Kb({"add", "A", "--under", "../elsewhere"}), -1);
  EXPECT_NE(error.find("--under: found '../elsewhere'"), std::string::npos);
  EXPECT_EQ(Kb({"add", "A", "--under", "constraints", "--phase", "later"}), -1);
  EXPECT_NE(error.find("phase: found \"later\""), std::string::npos);
}

TEST_F(KbTest, EveryHelpFitsAScreenAndHasAnExample) {
  for (const Arguments& words :
       {Arguments{"--help"}, Arguments{"lint", "--help"},
        Arguments{"search", "--help"}, Arguments{"add", "--help"}}) {
    EXPECT_EQ(Kb(words), kDone);
    EXPECT_LE(std::count(console.out.begin(), console.out.end(), '\n'), 24);
    EXPECT_NE(console.out.find("Example:\n  kernelevolve kb"),
              std::string::npos);
  }
  EXPECT_EQ(Kb({"serach"}), -1);
  EXPECT_NE(error.find("did you mean search?"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::cli
