#include "engine/workbench.h"

#include <gtest/gtest.h>

#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

class WorkbenchTest : public testing::Test {
 protected:
  static Evaluation Answer(const EvaluationRequest& request) {
    if (!request.build_only) {
      Evaluation accepted = FakeAccepted(2);
      accepted.phases.device_exclusive = 1500;
      return accepted;
    }
    Evaluation built;
    built.status = VerdictStatus::kInconclusive;
    built.code = Code::kOk;
    return built;
  }

  FakeEvaluator evaluator_{Answer};
  const Task task_ = ToyTask();
  const TargetSet targets_ = ToyTarget();
  const std::string secret_ = std::string(64, 'a');
  EvaluatorWorkbench bench_{evaluator_, task_, targets_, secret_};
  const Candidate candidate_{"cpp", "int x;", {}, ""};
  StopCondition stop_;
};

TEST_F(WorkbenchTest, LintBuildsAndEvaluateJudges) {
  const auto built = bench_.Lint(candidate_, stop_);
  ASSERT_TRUE(built);
  EXPECT_EQ(built->status, VerdictStatus::kInconclusive);
  EXPECT_EQ(built->code, Code::kOk);
  const auto judged = bench_.Evaluate(candidate_, stop_);
  ASSERT_TRUE(judged);
  EXPECT_TRUE(judged->accepted());
}

TEST_F(WorkbenchTest, SeesTheInputsThatANodeWould) {
  ASSERT_TRUE(bench_.Evaluate(candidate_, stop_));
  EXPECT_EQ(evaluator_.secrets(Stage::kSearch),
            std::vector<std::string>{secret_});
}

TEST_F(WorkbenchTest, DeviceTimeIsHandedOverOnce) {
  ASSERT_TRUE(bench_.Evaluate(candidate_, stop_));
  ASSERT_TRUE(bench_.Evaluate(candidate_, stop_));
  ASSERT_TRUE(bench_.Lint(candidate_, stop_));
  EXPECT_DOUBLE_EQ(bench_.TakeTime().device_s, 3);
  EXPECT_EQ(bench_.TakeTime().device_s, 0);
}

}  // namespace
}  // namespace kernelevolve
