#include "worker/judge/verify.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

// What wrong values are called at a shape of the domain, where earlier ones were
// right.
Code Named(Mismatch::Kind kind, InputFamily family, bool listed_shape) {
  Comparison comparison;
  comparison.wrong = comparison.compared = 1;
  comparison.mismatch.kind = kind;
  Circumstances where;
  where.input_case.family = family;
  where.right_before = true;
  where.listed_shape = listed_shape;
  const auto failure = JudgeComparison(comparison, {}, "y", CheckSet(), where);
  return failure ? failure->code : Code::kOk;
}

using Kind = Mismatch::Kind;

TEST(JudgeComparison, WrongElsewhereIsAnOverfit) {
  EXPECT_EQ(Named(Kind::kValue, InputFamily::kDeclared, false), Code::kShapeOverfit);
  EXPECT_EQ(Named(Kind::kValue, InputFamily::kAscending, true), Code::kInputOverfit);
  EXPECT_EQ(Named(Kind::kPrecision, InputFamily::kAscending, false),
            Code::kShapeOverfit);
  EXPECT_EQ(Named(Kind::kValue, InputFamily::kDeclared, true), Code::kWrongOutput);
}

// Who goes by the default of an attribute may be off by less than is allowed.
TEST(JudgeComparison, SmallErrorsAtOtherAttributesAreAnOverfit) {
  Comparison comparison;
  comparison.compared = 1;
  comparison.error_max = comparison.error_rms = 1e-5;
  ExpectedOutput expected;
  expected.baseline_known = true;
  expected.baseline_max = expected.baseline_rms = 1e-7;
  Circumstances where;
  where.right_before = true;
  where.listed_shape = false;
  const auto name = [&] {
    return JudgeComparison(comparison, expected, "y", CheckSet(), where)->code;
  };
  EXPECT_EQ(name(), Code::kPrecision);
  where.input_case.shape.attributes["eps"] = 1e-6;
  EXPECT_EQ(name(), Code::kShapeOverfit);
  where.listed_shape = true;
  EXPECT_EQ(name(), Code::kPrecision);
}

TEST(JudgeComparison, SmallErrorsOfDeclaredInputsAreOfPrecisionEverywhere) {
  EXPECT_EQ(Named(Kind::kPrecision, InputFamily::kDeclared, false), Code::kPrecision);
  EXPECT_EQ(Named(Kind::kPrecision, InputFamily::kDeclared, true), Code::kPrecision);
}

// A row that is left out may have a sum near zero.
TEST(JudgeComparison, AFewThatAreFarBeyondTheBoundAreNotRounded) {
  Comparison comparison;
  comparison.compared = 15;
  comparison.mismatch.kind = Kind::kPrecision;
  Circumstances where;
  where.right_before = true;
  where.listed_shape = false;
  const auto name = [&](int64_t wrong, double worst) {
    comparison.wrong = wrong;
    comparison.worst = worst;
    return JudgeComparison(comparison, {}, "y", CheckSet(), where)->code;
  };
  EXPECT_EQ(name(1, 292), Code::kShapeOverfit);
  EXPECT_EQ(name(1, 8), Code::kPrecision);
  EXPECT_EQ(name(12, 8000), Code::kPrecision);
}

TEST(JudgeReport, WhoSaysThatItIsDoneBeforeItsReturnEscapes) {
  CallReport report;
  report.done_before_return = true;
  EXPECT_EQ(JudgeReport(report, CheckSet())->code, Code::kAsyncEscape);
  EXPECT_FALSE(JudgeReport(report, *CheckSet::Without({"late_writes"})));
}

TEST(JudgeReport, WhatACallLeavesChangedIsSabotage) {
  CallReport report;
  EXPECT_FALSE(JudgeReport(report, CheckSet()));
  report.fp_environment_kept = false;
  EXPECT_EQ(JudgeReport(report, CheckSet())->code, Code::kSabotage);
  EXPECT_FALSE(JudgeReport(report, *CheckSet::Without({"fp_environment"})));
}

}  // namespace
}  // namespace kernelevolve::worker
