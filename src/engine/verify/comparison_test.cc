#include "engine/verify/comparison.h"

#include <gtest/gtest.h>

#include "engine/verify/differences.h"
#include "eval/testing/fake_evaluator.h"
#include "measure/decision.h"

namespace kernelevolve {
namespace {

// A kernel and the panel's best, in microseconds, within 1 %.
StoredResult Measured(double kernel_us, double baseline_us,
                      Stage stage = Stage::kFinal) {
  StoredResult result;
  result.task = {"twice", "digest", {}};
  result.target = "cpp@native";
  result.machine = {"Xeon (2 cores)", "g++ 1", "x86_64 avx2 avx512f", "",
                    "0.1.0 aaaa"};
  result.evaluation = FakeAccepted(baseline_us / kernel_us, 0.01);
  result.evaluation.stage = stage;
  result.evaluation.shapes[0].time_us = kernel_us;
  result.evaluation.shapes[0].panel = {{"reference", 10 * baseline_us},
                                       {"openblas", baseline_us}};
  return result;
}

StoredResult Refused(Code code, const std::string& message = "why") {
  StoredResult result = Measured(50, 100);
  result.evaluation = FakeRejected(code);
  result.evaluation.message = message;
  result.evaluation.stage = Stage::kFinal;
  return result;
}

Comparison Compare(const StoredResult& recorded, const StoredResult& today) {
  return kernelevolve::Compare(recorded, today, measure::kCpuMargin);
}

std::string All(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += text + "\n";
  return all;
}

TEST(Compare, HoldsWithinTheIntervals) {
  const Comparison same = Compare(Measured(50, 100), Measured(50.5, 100));
  EXPECT_EQ(same.outcome, Outcome::kAsRecorded);
  EXPECT_TRUE(same.same_kind);
  EXPECT_FALSE(same.failed());
  EXPECT_TRUE(same.differs.empty()) << All(same.differs);
}

TEST(Compare, SaysThatTheKernelIsSlower) {
  const Comparison slower = Compare(Measured(50, 100), Measured(60, 101));
  EXPECT_EQ(slower.outcome, Outcome::kSlower);
  EXPECT_TRUE(slower.failed());
  EXPECT_EQ(slower.moved,
            "the kernel is slower (the kernel takes 20 % longer, the best "
            "baseline 1 % longer)");
}

TEST(Compare, SaysThatTheBaselineIsFaster) {
  const Comparison slower = Compare(Measured(50, 100), Measured(50, 80));
  EXPECT_EQ(slower.outcome, Outcome::kSlower);
  EXPECT_EQ(slower.moved,
            "the baseline is faster (the kernel takes as long as then, the best "
            "baseline 20 % less)");
}

TEST(Compare, SaysThatBothMoved) {
  const Comparison slower = Compare(Measured(50, 100), Measured(55, 90));
  EXPECT_EQ(slower.moved.substr(0, 48),
            "the kernel is slower and the baseline faster (th");
}

TEST(Compare, BeingFasterIsNoFailure) {
  const Comparison faster = Compare(Measured(50, 100), Measured(40, 100));
  EXPECT_EQ(faster.outcome, Outcome::kFaster);
  EXPECT_FALSE(faster.failed());
  EXPECT_EQ(faster.moved.substr(0, 20), "the kernel is faster");
  EXPECT_EQ(Compare(Measured(50, 100), Measured(50, 120)).moved.substr(0, 22),
            "the baseline is slower");
}

TEST(Compare, AnotherMachineMayBeSlower) {
  StoredResult today = Measured(70, 100);
  today.machine.device = "Epyc (4 cores)";
  const Comparison slower = Compare(Measured(50, 100), today);
  EXPECT_EQ(slower.outcome, Outcome::kSlower);
  EXPECT_FALSE(slower.same_kind);
  EXPECT_FALSE(slower.failed());
  ASSERT_FALSE(slower.differs.empty());
  EXPECT_EQ(slower.differs[0],
            "another machine: Epyc (4 cores) now, Xeon (2 cores) then");
}

TEST(Compare, AnUnknownMachineIsNotTheSame) {
  StoredResult recorded = Measured(50, 100);
  recorded.machine = {};
  const Comparison slower = Compare(recorded, Measured(70, 100));
  EXPECT_EQ(slower.outcome, Outcome::kSlower);
  EXPECT_FALSE(slower.failed());
}

// Each interval is 1 % wide each way, and the margin counts once.
TEST(Compare, TheMarginIsOfNoAccount) {
  const StoredResult recorded = Measured(50, 100);
  EXPECT_EQ(Compare(recorded, Measured(52, 100)).outcome,
            Outcome::kAsRecorded);
  EXPECT_EQ(Compare(recorded, Measured(54, 100)).outcome, Outcome::kSlower);
  EXPECT_EQ(Compare(recorded, Measured(48, 100)).outcome, Outcome::kAsRecorded);
  EXPECT_EQ(Compare(recorded, Measured(46, 100)).outcome, Outcome::kFaster);
  EXPECT_EQ(kernelevolve::Compare(recorded, Measured(52.5, 100),
                                  measure::kGpuMargin)
                .outcome,
            Outcome::kSlower);
}

TEST(Compare, WhatABaselineDiffersFromItselfIsOfNoAccount) {
  const StoredResult recorded = Measured(50, 100);
  StoredResult today = Measured(57, 100);
  today.evaluation.environment = {{"itself_low", 0.99}, {"itself_high", 1.02}};
  EXPECT_EQ(Compare(recorded, today).outcome, Outcome::kSlower);
  const std::vector<EnvironmentFact> low = {{"itself_low", 1 / 1.13}},
                                     high = {{"itself_high", 1.13}};
  for (const auto& facts : {low, high}) {
    today.evaluation.environment = facts;
    EXPECT_EQ(Compare(recorded, today).outcome, Outcome::kAsRecorded);
    EXPECT_EQ(Compare(today, recorded).outcome, Outcome::kAsRecorded);
  }
  StoredResult slow = Measured(62, 100);
  slow.evaluation.environment = high;
  EXPECT_EQ(Compare(recorded, slow).outcome, Outcome::kSlower);
  today.evaluation.environment = {{"itself_low", 0.0}, {"itself_high", "1.13"}};
  EXPECT_EQ(Compare(recorded, today).outcome, Outcome::kSlower);
}

TEST(Compare, TheSearchStageHasRoom) {
  const StoredResult recorded = Measured(50, 100);
  EXPECT_EQ(Compare(recorded, Measured(56, 100)).outcome, Outcome::kSlower);
  EXPECT_EQ(Compare(recorded, Measured(56, 100, Stage::kSearch)).outcome,
            Outcome::kAsRecorded);
  EXPECT_EQ(Compare(recorded, Measured(60, 100, Stage::kSearch)).outcome,
            Outcome::kSlower);
  EXPECT_EQ(Compare(recorded, Measured(40, 100, Stage::kSearch)).outcome,
            Outcome::kFaster);
}

TEST(Compare, ARefusalIsAFailure) {
  const Comparison wrong = Compare(Measured(50, 100), Refused(Code::kNonfinite));
  EXPECT_EQ(wrong.outcome, Outcome::kNotRight);
  EXPECT_TRUE(wrong.failed());
  EXPECT_EQ(wrong.reason, "NONFINITE: why");
  EXPECT_EQ(wrong.moved, "");
}

TEST(Compare, ARefusalOnAnotherMachineIsOneToo) {
  StoredResult today = Refused(Code::kWrongOutput);
  today.machine.device = "Epyc (4 cores)";
  EXPECT_TRUE(Compare(Measured(50, 100), today).failed());
}

TEST(Compare, AnotherCpuNeedNotRunIt) {
  StoredResult illegal = Refused(Code::kCrash, "died of SIGILL during a call");
  StoredResult unbuilt = Refused(Code::kBuildFailed);
  for (StoredResult* today : {&illegal, &unbuilt}) {
    EXPECT_EQ(Compare(Measured(50, 100), *today).outcome, Outcome::kNotRight);
    today->machine.cpu = "x86_64 avx2";
    const Comparison not_run = Compare(Measured(50, 100), *today);
    EXPECT_EQ(not_run.outcome, Outcome::kNotRun);
    EXPECT_FALSE(not_run.failed());
    EXPECT_NE(not_run.reason.find("lacks avx512f"), std::string::npos);
  }
  StoredResult crash = Refused(Code::kCrash, "died of SIGSEGV");
  crash.machine.cpu = "x86_64 avx2";
  EXPECT_EQ(Compare(Measured(50, 100), crash).outcome, Outcome::kNotRight);
}

TEST(Compare, AnOlderResultHasTheDeviceToGoBy) {
  StoredResult recorded = Measured(50, 100);
  recorded.machine.cpu = "";
  StoredResult today = Refused(Code::kBuildFailed);
  EXPECT_EQ(Compare(recorded, today).outcome, Outcome::kNotRight);
  today.machine.device = "Neoverse (4 cores)";
  EXPECT_EQ(Compare(recorded, today).outcome, Outcome::kNotRun);
}

TEST(Compare, WithoutADeviceNothingIsSaid) {
  StoredResult today = Refused(Code::kNoDevice, "no device");
  today.evaluation.status = VerdictStatus::kInconclusive;
  const Comparison not_run = Compare(Measured(50, 100), today);
  EXPECT_EQ(not_run.outcome, Outcome::kNotRun);
  EXPECT_FALSE(not_run.failed());
}

TEST(Compare, NoNumbersAreNotThatItHolds) {
  StoredResult noisy = Refused(Code::kNoisy);
  noisy.evaluation.status = VerdictStatus::kInconclusive;
  EXPECT_EQ(Compare(Measured(50, 100), noisy).outcome, Outcome::kUndecided);
  EXPECT_TRUE(Compare(Measured(50, 100), noisy).failed());
  StoredResult lost = Refused(Code::kWorkerLost);
  lost.evaluation.status = VerdictStatus::kHarnessError;
  EXPECT_EQ(Compare(Measured(50, 100), lost).outcome, Outcome::kJudgeFailed);
  EXPECT_TRUE(Compare(Measured(50, 100), lost).failed());
}

TEST(Compare, ARefusalMayBeTheResult) {
  const StoredResult recorded = Refused(Code::kOob);
  const Comparison same = Compare(recorded, Refused(Code::kOob, "elsewhere"));
  EXPECT_EQ(same.outcome, Outcome::kAsRecorded);
  EXPECT_EQ(Compare(recorded, Refused(Code::kCrash)).outcome,
            Outcome::kOtherVerdict);
  const Comparison accepted = Compare(recorded, Measured(50, 100));
  EXPECT_EQ(accepted.outcome, Outcome::kOtherVerdict);
  EXPECT_FALSE(accepted.failed());
}

TEST(Differences, AreToldLikeliestFirst) {
  const StoredResult then = Measured(50, 100);
  StoredResult now = Measured(60, 100, Stage::kConfirm);
  now.machine = {"Epyc (4 cores)", "g++ 2", "x86_64 avx2", "", "0.1.0 bbbb"};
  now.task.digest = "other";
  now.evaluation.shapes[0].panel = {{"reference", 90}, {"onednn", 80}};
  const auto differs = DifferencesBetween(then, now);
  ASSERT_EQ(differs.size(), 6u) << All(differs);
  EXPECT_EQ(differs[0].substr(0, 15), "another machine");
  EXPECT_EQ(differs[1], "compiler: g++ 2 now, g++ 1 then");
  EXPECT_EQ(differs[2].substr(0, 20), "the task was changed");
  EXPECT_EQ(differs[3],
            "best baseline at shape only: onednn now, openblas then (the panel "
            "had no onednn) (the panel has no openblas any more)");
  EXPECT_EQ(differs[4], "stage: confirm now, final then");
  EXPECT_EQ(differs[5], "build of the judge: 0.1.0 bbbb now, 0.1.0 aaaa then");
}

TEST(Differences, ASearchPanelMissesNobody) {
  const StoredResult then = Measured(50, 100);
  StoredResult now = Measured(50, 100, Stage::kSearch);
  now.evaluation.shapes[0].panel = {{"reference", 99}};
  EXPECT_EQ(DifferencesBetween(then, now)[0],
            "best baseline at shape only: reference now, openblas then");
}

TEST(Differences, PanelsOfManyShapesAreCounted) {
  StoredResult then = Measured(50, 100), now = Measured(50, 100);
  then.evaluation.shapes.assign(5, then.evaluation.shapes[0]);
  now.evaluation.shapes.assign(5, now.evaluation.shapes[0]);
  for (int i = 0; i < 5; ++i) {
    const std::string name = "s" + std::to_string(i);
    then.evaluation.shapes[i].name = now.evaluation.shapes[i].name = name;
    now.evaluation.shapes[i].panel = {{"reference", 100}, {"openblas", 200}};
  }
  const auto differs = DifferencesBetween(then, now);
  ASSERT_EQ(differs.size(), 4u) << All(differs);
  EXPECT_EQ(differs[3], "and so at 2 shapes more");
}

TEST(Differences, HostileTextIsCutAndClean) {
  const StoredResult then = Measured(50, 100);
  StoredResult now = then;
  now.machine.toolchain = "\x1b[31m" + std::string(5000, 'x');
  const auto differs = DifferencesBetween(then, now);
  ASSERT_EQ(differs.size(), 1u);
  EXPECT_LT(differs[0].size(), 300u);
  EXPECT_EQ(differs[0].find('\x1b'), std::string::npos);
}

TEST(SameKind, OfGpusIsTheModel) {
  const MachineRecord then{"NVIDIA H200, driver 580.1", "", "", "", ""};
  EXPECT_TRUE(IsSameKind(
      then, {"NVIDIA H200 (sm_90, driver for CUDA 13.0)", "", "", "", ""}));
  EXPECT_FALSE(IsSameKind(
      then, {"NVIDIA H100 (sm_90, driver for CUDA 13.0)", "", "", "", ""}));
  StoredResult a = Measured(50, 100), b = a;
  a.machine.device = "NVIDIA H200 (sm_90, driver for CUDA 12.8)";
  b.machine.device = "NVIDIA H200 (sm_90, driver for CUDA 13.0)";
  ASSERT_EQ(DifferencesBetween(a, b).size(), 1u);
  EXPECT_EQ(DifferencesBetween(a, b)[0].substr(0, 7), "driver:");
}

TEST(SameKind, OfCpusIsModelCoresAndExtensions) {
  const MachineRecord then{"Xeon (2 cores)", "", "x86_64 avx2", "", ""};
  EXPECT_TRUE(IsSameKind(then, {"Xeon (2 cores)", "g++", "x86_64 avx2", "", ""}));
  EXPECT_TRUE(IsSameKind(then, {"Xeon (2 cores)", "", "", "", ""}));
  EXPECT_FALSE(IsSameKind(then, {"Xeon (4 cores)", "", "x86_64 avx2", "", ""}));
  EXPECT_FALSE(IsSameKind(then, {"Xeon (2 cores)", "", "x86_64", "", ""}));
}

TEST(Moved, IsTheMeanOverCommonShapes) {
  StoredResult then = Measured(50, 100), now = Measured(50, 100);
  ShapeResult gone = then.evaluation.shapes[0];
  gone.name = "gone";
  then.evaluation.shapes.push_back(gone);
  ShapeResult both = gone;
  both.name = "both";
  then.evaluation.shapes.push_back(both);
  both.time_us = 50 * 1.21;
  both.weight = 1;
  now.evaluation.shapes.push_back(both);
  EXPECT_EQ(MovedText(then.evaluation, now.evaluation),
            "the kernel is slower (the kernel takes 10 % longer, the best "
            "baseline as long as then)");
}

TEST(Moved, NeedsTimes) {
  StoredResult then = Measured(50, 100), now = Measured(0, 100);
  EXPECT_EQ(MovedText(then.evaluation, now.evaluation), "");
  now = Measured(60, 100);
  now.evaluation.shapes[0].panel.clear();
  EXPECT_EQ(MovedText(then.evaluation, now.evaluation), "");
  EXPECT_EQ(MovedText(then.evaluation, then.evaluation), "");
}

TEST(Conclusion, TellsTheLikelyCause) {
  const StoredResult then = Measured(50, 100);
  StoredResult now = Measured(60, 100);
  EXPECT_EQ(ConclusionText(Compare(then, now), then, now.evaluation),
            "slower than recorded, beyond both intervals: 1.67 (1.65 to 1.68) "
            "now, 2 (1.98 to 2.02) recorded; likely cause: the kernel is slower "
            "(the kernel takes 20 % longer, the best baseline as long as then); "
            "nothing else that is recorded differs");
  now.machine.toolchain = "g++ 2";
  EXPECT_NE(ConclusionText(Compare(then, now), then, now.evaluation)
                .find("; what differs: compiler: g++ 2 now, g++ 1 then"),
            std::string::npos);
  StoredResult wrong = Refused(Code::kNonfinite);
  wrong.machine.judge = "0.1.0 bbbb";
  EXPECT_EQ(ConclusionText(Compare(then, wrong), then, wrong.evaluation),
            "no longer accepted: NONFINITE: why; likely cause: build of the "
            "judge: 0.1.0 bbbb now, 0.1.0 aaaa then");
}

TEST(Conclusion, IsShortWhereItHolds) {
  const StoredResult then = Measured(50, 100);
  EXPECT_EQ(ConclusionText(Compare(then, then), then, then.evaluation),
            "as recorded, within the intervals: 2 (1.98 to 2.02) now, 2 (1.98 to "
            "2.02) recorded");
  const StoredResult near = Measured(52.5, 100);
  EXPECT_EQ(ConclusionText(Compare(then, near), then, near.evaluation),
            "as recorded, as far as two measurements tell: 1.9 (1.89 to 1.92) "
            "now, 2 (1.98 to 2.02) recorded");
}

TEST(Outcomes, HaveNames) {
  for (int i = 0; i <= static_cast<int>(Outcome::kUnreadable); ++i)
    EXPECT_NE(OutcomeName(static_cast<Outcome>(i)), "");
}

}  // namespace
}  // namespace kernelevolve
