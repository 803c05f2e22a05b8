#include "cli/verify_text.h"

#include <gtest/gtest.h>

#include "cli/exit_code.h"
#include "eval/testing/fake_evaluator.h"

namespace kernelevolve::cli {
namespace {

StoredResult Result(double speedup) {
  StoredResult result;
  result.task.words = "softmax";
  result.target = "cpp@native";
  result.machine.device = "Xeon (2 cores)";
  result.evaluation = FakeAccepted(speedup, 0.01);
  result.evaluation.stage = Stage::kFinal;
  return result;
}

VerifyReport Report(Outcome outcome, bool same_kind = true) {
  VerifyReport report;
  report.name = "results/one/result.json";
  report.recorded = Result(2);
  report.comparison.outcome = outcome;
  report.comparison.same_kind = same_kind;
  report.conclusion = "so it is";
  if (outcome != Outcome::kNotRun && outcome != Outcome::kUnreadable)
    report.today = Result(1.5);
  return report;
}

TEST(VerifyText, ShowsBothMeasurements) {
  EXPECT_EQ(VerifyText(Report(Outcome::kSlower), false),
            "SLOWER  results/one/result.json: softmax on cpp@native\n"
            "  recorded  2.00x [1.98, 2.02] over reference (final stage)  on "
            "Xeon (2 cores)\n"
            "  today     1.50x [1.48, 1.52] over reference (final stage)  on "
            "Xeon (2 cores)\n"
            "  so it is\n");
  EXPECT_NE(VerifyText(Report(Outcome::kSlower), true).find("shape"),
            std::string::npos);
}

TEST(VerifyText, IsShortForWhatWasNotRun) {
  VerifyReport report = Report(Outcome::kNotRun);
  report.comparison.reason = "no sm_90 device here";
  EXPECT_EQ(VerifyText(report, false),
            "not run  results/one/result.json: softmax on cpp@native\n"
            "  no sm_90 device here\n");
}

TEST(VerifyText, LetsNoControlCharacterThrough) {
  VerifyReport report = Report(Outcome::kSlower);
  report.name = "\x1b[2Jname";
  report.recorded.task.words = report.recorded.machine.device =
      report.recorded.evaluation.baseline = "\x1b[31mred";
  report.conclusion = "\x1b[31mred";
  EXPECT_EQ(VerifyText(report, false).find('\x1b'), std::string::npos);
}

TEST(VerifySummary, Counts) {
  EXPECT_EQ(VerifySummary({Report(Outcome::kNotRun),
                           Report(Outcome::kAsRecorded),
                           Report(Outcome::kAsRecorded)}),
            "3 results: 2 as recorded, 1 not run\n");
}

TEST(VerifyExitCode, IsTheWorst) {
  const auto code = [](std::vector<VerifyReport> reports) {
    return VerifyExitCode(reports);
  };
  const VerifyReport fine = Report(Outcome::kAsRecorded);
  EXPECT_EQ(code({fine, Report(Outcome::kFaster)}), kDone);
  EXPECT_EQ(code({fine, Report(Outcome::kNotRun)}), kDone);
  EXPECT_EQ(code({fine, Report(Outcome::kSlower, false)}), kDone);
  EXPECT_EQ(code({fine, Report(Outcome::kSlower)}), kNothing);
  EXPECT_EQ(code({Report(Outcome::kNotRight), fine}), kNothing);
  EXPECT_EQ(code({fine, Report(Outcome::kUndecided)}), kNothing);
  EXPECT_EQ(code({fine, Report(Outcome::kUnreadable)}), kUsage);
  EXPECT_EQ(code({fine, Report(Outcome::kJudgeFailed)}), kInfrastructure);
}

TEST(VerifyExitCode, NothingJudgedIsSomethingMissing) {
  EXPECT_EQ(VerifyExitCode({Report(Outcome::kNotRun)}), kMissingHere);
}

TEST(VerifyJson, SaysAllOfIt) {
  const Json json = VerifyJson(Report(Outcome::kSlower));
  EXPECT_EQ(GetString(json, "outcome"), "slower");
  EXPECT_EQ(GetBool(json, "ok"), false);
  EXPECT_EQ(GetNumber(json, "recorded_speedup"), 2);
  EXPECT_EQ(GetNumber(GetMember(json, "evaluation"), "speedup"), 1.5);
  EXPECT_EQ(GetString(GetMember(json, "machine"), "device"), "Xeon (2 cores)");
  EXPECT_FALSE(VerifyJson(Report(Outcome::kNotRun)).contains("evaluation"));
}

TEST(VerifyJson, AnExportIsNotStoredByItsVerdict) {
  VerifyReport report = Report(Outcome::kAsRecorded);
  report.today->candidate = "kernel.cc";
  EXPECT_TRUE(VerifyJson(report)["evaluation"].contains("candidate"));
  report.exported = true;
  const Json verdict = VerifyJson(report)["evaluation"];
  EXPECT_FALSE(verdict.contains("candidate"));
  EXPECT_FALSE(verdict.contains("id"));
  EXPECT_EQ(GetNumber(verdict, "speedup"), 1.5);
}

}  // namespace
}  // namespace kernelevolve::cli
