#include "cli/evaluation_text.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

Evaluation Accepted() {
  Evaluation evaluation;
  evaluation.candidate_id = "0123456789abcdef0123456789abcdef";
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.baseline = "onednn";
  evaluation.speedup = 3.42;
  evaluation.speedup_ci = {3.31, 3.55};
  ShapeResult shape;
  shape.name = "square";
  shape.time_us = 812;
  shape.ci_us = {804, 820};
  shape.speedup = 3.42;
  shape.speedup_ci = {3.31, 3.55};
  shape.speed_of_light = 0.61;
  shape.panel = {{"reference", 9120}, {"onednn", 2780}};
  evaluation.shapes = {shape};
  evaluation.phases.build = 910;
  evaluation.phases.correctness = 120;
  evaluation.phases.timing = 350;
  evaluation.phases.device_exclusive = 310;
  return evaluation;
}

TEST(EvaluationTextTest, Accepted) {
  EXPECT_EQ(
      EvaluationText(Accepted(), "my.cc", {.show_search_hint = false}),
      "my.cc  0123456789ab  ACCEPT  (search stage, tier H)\n"
      "  3.42x [3.31, 3.55] over onednn, the best of the panel (95 % interval)\n"
      "  shape     time  95 % interval  speedup  95 % interval  of light  "
      "reference   onednn\n"
      "  square  812 us        +-1.0 %    3.42x   [3.31, 3.55]      61 %    "
      "9.12 ms  2.78 ms\n"
      "  build 0.91 s, correctness 0.12 s, timing 0.35 s (0.31 s alone on the "
      "device)\n");
}

TEST(EvaluationTextTest, TheDecisionIsSaidInWords) {
  Evaluation evaluation = Accepted();
  evaluation.decision = Decision::kFaster;
  EXPECT_NE(EvaluationText(evaluation, "my.cc", {}).find("  decision: faster\n"),
            std::string::npos);
  evaluation.decision = Decision::kInconclusive;
  EXPECT_NE(EvaluationText(evaluation, "my.cc", {})
                .find("  decision: inconclusive, since"),
            std::string::npos);
}

TEST(EvaluationTextTest, ExplainShowsTheEnvironmentOnOneLineEach) {
  Evaluation evaluation = Accepted();
  evaluation.environment = {{"kernel", "6\x1b[31m.1"}, {"load_before", 2.5}};
  EXPECT_EQ(EvaluationText(evaluation, "my.cc", {}).find("environment"),
            std::string::npos);
  const std::string text =
      EvaluationText(evaluation, "my.cc", {.explain = true});
  EXPECT_NE(text.find("  environment\n"), std::string::npos);
  EXPECT_NE(text.find("6[31m.1"), std::string::npos);
  EXPECT_NE(text.find("load_before"), std::string::npos);
}

TEST(EvaluationTextTest, FailureShowsCheckMessageAndSanitisedLog) {
  Evaluation evaluation;
  evaluation.candidate_id = "0123456789abcdef";
  evaluation.status = VerdictStatus::kReject;
  evaluation.code = Code::kBuildFailed;
  evaluation.failed_check = "build.compile";
  evaluation.message = "g++ said no";
  evaluation.log = "a.cc:1: error\x1b[31m: x\n";
  EXPECT_EQ(EvaluationText(evaluation, "my.cc", {}),
            "my.cc  0123456789ab  REJECT BUILD_FAILED  (search stage, tier H)\n"
            "  check: build.compile\n"
            "  g++ said no\n"
            "  | a.cc:1: error[31m: x\n"
            "  build 0.00 s, correctness 0.00 s, timing 0.00 s (0.00 s alone "
            "on the device)\n");
}

TEST(EvaluationTextTest, ExplainShowsEvidenceAndNotes) {
  Evaluation evaluation = Accepted();
  evaluation.metrics = {{"elements compared", 1048576, ""}};
  evaluation.secondary = {Code::kNondet};
  evaluation.notes = {"openblas left out: library absent"};
  const std::string text =
      EvaluationText(evaluation, "my.cc", {.explain = true});
  EXPECT_NE(text.find("elements compared"), std::string::npos);
  EXPECT_NE(text.find("also seen: NONDET"), std::string::npos);
  EXPECT_NE(text.find("note: openblas left out"), std::string::npos);
  EXPECT_NE(text.find("--stage final"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::cli
