#include "engine/candidate_file.h"

#include <gtest/gtest.h>

#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

class CandidateFileTest : public testing::Test {
 protected:
  CandidateFileTest() : folder_(*TempFolder::Create("candidate")) {}
  fs::path Write(const std::string& source) {
    const fs::path file = folder_.path() / "kernel.cc";
    EXPECT_TRUE(WriteFileAtomic(file, source));
    return file;
  }
  TempFolder folder_;
};

TEST_F(CandidateFileTest, CompletesParameters) {
  const fs::path file =
      Write("// ke:tune U = 1 in {1, 2}\n// ke:tune V = 3 in {3, 4}\n");
  const auto candidate = ReadCandidate(file, ToyTarget(), {{"U", "2"}});
  ASSERT_TRUE(candidate) << candidate.error().message;
  EXPECT_EQ(candidate->parameters, (ParameterValues{{"U", "2"}, {"V", "3"}}));
  EXPECT_EQ(candidate->language, "cpp");
  EXPECT_EQ(candidate->label, file.string());
}

TEST_F(CandidateFileTest, AWrongSetIsTheUsersMistake) {
  const fs::path file = Write("// ke:tune U = 1 in {1, 2}\n");
  for (const ParameterValues& wrong :
       {ParameterValues{{"U", "3"}}, ParameterValues{{"W", "1"}}}) {
    const auto refused = ReadCandidate(file, ToyTarget(), wrong);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kBadInput);
  }
}

TEST_F(CandidateFileTest, AMalformedDeclarationIsTheCandidatesFailure) {
  const auto candidate =
      ReadCandidate(Write("// ke:tune U = 9 in {1, 2}\n"), ToyTarget(), {});
  ASSERT_TRUE(candidate);
  EXPECT_TRUE(candidate->parameters.empty());
}

TEST_F(CandidateFileTest, AnAbsentFileIsBadInput) {
  const auto absent =
      ReadCandidate(folder_.path() / "none.cc", ToyTarget(), {});
  ASSERT_FALSE(absent);
  EXPECT_EQ(absent.error().code, ErrorCode::kBadInput);
}

TEST_F(CandidateFileTest, EvaluatesAtTheStageAskedFor) {
  FakeEvaluator evaluator(
      [](const EvaluationRequest&) { return FakeAccepted(2); });
  EvaluateFileOptions options;
  options.task = ToyTask();
  options.target = ToyTarget();
  options.stage = Stage::kConfirm;
  const auto evaluation =
      EvaluateFile(Write("int x;"), options, evaluator, StopCondition());
  ASSERT_TRUE(evaluation);
  EXPECT_EQ(evaluation->stage, Stage::kConfirm);
  EXPECT_EQ(evaluator.calls(Stage::kConfirm), 1);
}

}  // namespace
}  // namespace kernelevolve
