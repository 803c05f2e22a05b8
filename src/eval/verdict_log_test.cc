#include "eval/verdict_log.h"

#include <gtest/gtest.h>

#include "eval/testing/fake_evaluator.h"
#include "eval/testing/toy_task.h"

namespace kernelevolve {
namespace {

class VerdictLogTest : public testing::Test {
 protected:
  VerdictLogTest() : folder_(*TempFolder::Create("verdict-log")) {}
  fs::path path() const { return folder_.path() / "verdicts"; }

  static EvaluationRequest Request(const std::string& source,
                                   bool build_only = false) {
    EvaluationRequest request;
    request.task = ToyTask();
    request.target = ToyTarget();
    request.candidate = {"cpp", source, {}, ""};
    request.build_only = build_only;
    return request;
  }
  // Recorded: a candidate that was built, then judged twice.
  void Record() {
    double speedup = 1;
    auto recording = RecordingEvaluator::Create(
        std::make_unique<FakeEvaluator>([&](const EvaluationRequest& request) {
          if (!request.build_only) return FakeAccepted(++speedup);
          Evaluation built;
          built.status = VerdictStatus::kInconclusive;
          built.code = Code::kOk;
          return built;
        }),
        path(), {"device", "toolchain", "facts"});
    ASSERT_TRUE(recording) << recording.error().message;
    for (const bool build_only : {true, false, false})
      ASSERT_TRUE((*recording)->Evaluate(Request("a", build_only), stop_));
  }

  TempFolder folder_;
  StopCondition stop_;
};

TEST_F(VerdictLogTest, AnswersInOrderThenTheLastForEver) {
  Record();
  const auto replay = ReplayEvaluator::Load(path());
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ((*replay)->header().device, "device");
  for (const double speedup : {2, 3, 3})
    EXPECT_DOUBLE_EQ((*replay)->Evaluate(Request("a"), stop_)->speedup,
                     speedup);
}

TEST_F(VerdictLogTest, WhatWasOnlyBuiltIsAnotherVerdict) {
  Record();
  const auto replay = ReplayEvaluator::Load(path());
  ASSERT_TRUE(replay);
  EXPECT_TRUE((*replay)->Evaluate(Request("a"), stop_)->accepted());
  EXPECT_EQ((*replay)->Evaluate(Request("a", true), stop_)->status,
            VerdictStatus::kInconclusive);
}

TEST_F(VerdictLogTest, WhatWasNotJudgedIsAnError) {
  Record();
  const auto replay = ReplayEvaluator::Load(path());
  ASSERT_TRUE(replay);
  const auto unknown = (*replay)->Evaluate(Request("b"), stop_);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kBadInput);
}

TEST_F(VerdictLogTest, ALaterStageThatWasNotRecordedSaysSo) {
  Record();
  const auto replay = ReplayEvaluator::Load(path());
  ASSERT_TRUE(replay);
  EvaluationRequest request = Request("a");
  request.stage = Stage::kConfirm;
  const auto confirm = (*replay)->Evaluate(request, stop_);
  ASSERT_TRUE(confirm) << confirm.error().message;
  EXPECT_EQ(confirm->status, VerdictStatus::kInconclusive);
  EXPECT_EQ(confirm->stage, Stage::kConfirm);
  EXPECT_NE(confirm->message.find("no confirm verdict"), std::string::npos);
}

// Judged 2 and 3, then the run went back to four nodes: 5 and 6, then to eight.
TEST_F(VerdictLogTest, APartHasItsOwnVerdicts) {
  Record();
  for (const int64_t nodes : {4, 8, 4}) {
    ASSERT_TRUE(MarkResumed(path(), nodes, std::to_string(nodes)));
    auto recording = RecordingEvaluator::Create(
        std::make_unique<FakeEvaluator>([&](const EvaluationRequest&) {
          return FakeAccepted(10 * static_cast<double>(nodes));
        }),
        path(), {});
    ASSERT_TRUE((*recording)->Evaluate(Request(nodes == 8 ? "b" : "a"), stop_));
  }
  const auto replay = ReplayEvaluator::Load(path());
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_DOUBLE_EQ((*replay)->Evaluate(Request("a"), stop_)->speedup, 2);
  EXPECT_EQ((*replay)->GoOn(0), "facts");
  EXPECT_EQ((*replay)->GoOn(4), "4");
  EXPECT_DOUBLE_EQ((*replay)->Evaluate(Request("a"), stop_)->speedup, 40);
  // What was judged before it went back counts no more.
  EXPECT_FALSE((*replay)->Evaluate(Request("b"), stop_));
}

TEST_F(VerdictLogTest, AJudgeElsewhereIsNamedLater) {
  EXPECT_TRUE(NameJudge(path(), "nobody", ""));
  EXPECT_FALSE(ReplayEvaluator::Load(path()));
  Record();
  ASSERT_TRUE(NameJudge(path(), "a far device", "far 1.0"));
  const auto replay = ReplayEvaluator::Load(path());
  ASSERT_TRUE(replay) << replay.error().message;
  EXPECT_EQ((*replay)->header().device, "a far device");
  EXPECT_EQ((*replay)->header().toolchain, "far 1.0");
}

}  // namespace
}  // namespace kernelevolve
