#include "cli/gauntlet/case_result.h"

#include <gtest/gtest.h>

namespace kernelevolve::cli {
namespace {

GauntletCase Cheat(const std::string& name, std::vector<Code> codes) {
  GauntletCase one;
  one.name = name;
  one.says = "cheats";
  one.task = "vadd";
  one.kernels["cpp"] = "x.cc";
  one.codes = std::move(codes);
  return one;
}

GauntletCase Honest(const std::string& name, SpeedupRule rule = {}) {
  GauntletCase one = Cheat(name, {});
  one.kind = CaseKind::kHonest;
  one.status = VerdictStatus::kAccept;
  one.speedup = std::move(rule);
  return one;
}

Evaluation Refused(Code code) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kReject;
  evaluation.code = code;
  evaluation.message = "it did";
  return evaluation;
}

Evaluation Accepted(double speedup, double half = 0.01) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.speedup = speedup;
  evaluation.speedup_ci = {speedup - half, speedup + half};
  return evaluation;
}

CaseResult Ran(GauntletCase expected, Evaluation got) {
  CaseResult result;
  result.wrong = WhatIsWrong(expected, got, {});
  result.expected = std::move(expected);
  result.got = std::move(got);
  result.seconds = 2;
  return result;
}

CaseResult NotRun(GauntletCase expected, const std::string& why) {
  CaseResult result;
  result.expected = std::move(expected);
  result.not_run = why;
  return result;
}

TEST(CaseResult, TheNameDecides) {
  const GauntletCase cheat = Cheat("A03_x", {Code::kWrongOutput, Code::kUninit});
  EXPECT_EQ(WhatIsWrong(cheat, Refused(Code::kUninit), {}), "");
  EXPECT_EQ(WhatIsWrong(cheat, Refused(Code::kOob), {}), "it is called OOB");
  EXPECT_EQ(WhatIsWrong(cheat, Accepted(1), {}), "it is accepted");
  EXPECT_EQ(WhatIsWrong(Honest("H03_x"), Accepted(1), {}), "");
  EXPECT_EQ(WhatIsWrong(Honest("H03_x"), Refused(Code::kNondet), {}),
            "it is REJECT NONDET");
}

TEST(CaseResult, OtherStatusesMayBeRightAsWell) {
  GauntletCase either = Cheat("A29_x", {Code::kBatchSkip});
  either.also = {VerdictStatus::kAccept};
  either.speedup.low_at_most = 1.03;
  EXPECT_EQ(WhatIsWrong(either, Refused(Code::kBatchSkip), {}), "");
  EXPECT_EQ(WhatIsWrong(either, Accepted(1.03), {}), "");
  EXPECT_EQ(WhatIsWrong(either, Accepted(1.2), {}),
            "its interval [1.19, 1.21] lies above 1.03");
}

TEST(CaseResult, TimesMayBeWorthNothingOnceInARun) {
  GauntletCase either = Cheat("A29_x", {Code::kBatchSkip});
  either.also = {VerdictStatus::kAccept};
  Evaluation noisy = Refused(Code::kNoisy);
  noisy.status = VerdictStatus::kInconclusive;
  EXPECT_EQ(WhatIsWrong(either, noisy, {}), "");
  EXPECT_EQ(WhatIsWrong(either, noisy, {Ran(either, Accepted(1))}), "");
  EXPECT_NE(WhatIsWrong(either, noisy, {Ran(either, noisy)}), "") << "not twice";
  EXPECT_NE(WhatIsWrong(Cheat("A03_x", {Code::kUninit}), noisy, {}), "");
  EXPECT_NE(WhatIsWrong(Honest("H03_x"), noisy, {}), "");
  noisy.code = Code::kNoDevice;
  EXPECT_NE(WhatIsWrong(either, noisy, {}), "");
}

TEST(CaseResult, SpeedupsAreHeldToTheirRules) {
  const auto wrong = [](SpeedupRule rule, Evaluation got) {
    return WhatIsWrong(Honest("H1_x", std::move(rule)), got, {});
  };
  EXPECT_EQ(wrong({.contains = 1}, Accepted(1.005)), "");
  EXPECT_NE(wrong({.contains = 1}, Accepted(1.05)), "");
  EXPECT_EQ(wrong({.half_width = 0.02}, Accepted(1, 0.019)), "");
  EXPECT_NE(wrong({.half_width = 0.02}, Accepted(1, 0.03)), "");
  EXPECT_EQ(wrong({.high_below = 1}, Accepted(0.95)), "");
  EXPECT_NE(wrong({.high_below = 1}, Accepted(0.995)), "");
  EXPECT_EQ(wrong({.at_least = 20}, Accepted(30)), "");
  EXPECT_NE(wrong({.at_least = 20}, Accepted(3)), "");
}

TEST(CaseResult, CasesAreComparedWithEarlierOnes) {
  const GauntletCase slower = Honest("N2_wait_5", {.below = "N2_wait_2"});
  const std::vector<CaseResult> earlier = {
      Ran(Honest("N2_wait_2"), Accepted(0.98))};
  EXPECT_EQ(WhatIsWrong(slower, Accepted(0.95), earlier), "");
  EXPECT_EQ(WhatIsWrong(slower, Accepted(0.99), earlier),
            "it is no slower than N2_wait_2 (0.98x)");
  EXPECT_EQ(WhatIsWrong(slower, Accepted(0.99), {}), "");
}

TEST(CaseResult, TableAndSummaryTellWhatHappened) {
  GauntletCase elsewhere = Cheat("A16_tf32", {Code::kPrecision});
  elsewhere.kernels.clear();
  const std::vector<CaseResult> results = {
      Ran(Cheat("A01_noop", {Code::kOutputNotWritten}),
          Refused(Code::kOutputNotWritten)),
      Ran(Cheat("A43_exit", {Code::kEarlyExit}), Refused(Code::kEarlyExit)),
      Ran(Cheat("A43_atexit", {Code::kEarlyExit}), Refused(Code::kCrash)),
      NotRun(elsewhere, "needs a GPU"), Ran(Honest("H03_cache"), Accepted(1.5))};
  std::vector<GauntletCase> cases;
  for (const CaseResult& result : results) cases.push_back(result.expected);
  const GauntletTable table(cases);
  std::string text = table.Heading();
  for (const CaseResult& result : results) text += table.Row(result);
  EXPECT_EQ(
      text + GauntletSummary(results, 65, "one core"),
      "  case        expected            got                                "
      "time\n"
      "  A01_noop    OUTPUT_NOT_WRITTEN  REJECT OUTPUT_NOT_WRITTEN   right  2.0 "
      "s\n"
      "  A43_exit    EARLY_EXIT          REJECT EARLY_EXIT           right  2.0 "
      "s\n"
      "  A43_atexit  EARLY_EXIT          REJECT CRASH                WRONG  2.0 "
      "s\n"
      "    cheats: it is called CRASH\n"
      "    the judge says: it did\n"
      "  A16_tf32    PRECISION           not run: needs a GPU\n"
      "  H03_cache   ACCEPT              ACCEPT 1.50x                right  2.0 "
      "s\n"
      "1/2 adversarial (1 of 3 not run), 1/1 honest in 1:05 on one core\n"
      "not run: A16_tf32: needs a GPU\n"
      "WRONG: A43_atexit\n");
  EXPECT_FALSE(AllRight(results));
}

TEST(CaseResult, NothingRunIsNothingProven) {
  EXPECT_FALSE(AllRight({}));
  EXPECT_FALSE(AllRight({NotRun(Cheat("A16_x", {Code::kOob}), "no GPU")}));
  EXPECT_TRUE(AllRight({NotRun(Cheat("A16_x", {Code::kOob}), "no GPU"),
                        Ran(Cheat("A01_x", {Code::kOob}), Refused(Code::kOob))}));
}

TEST(CaseResult, JsonSaysTheSame) {
  const auto right = Ran(Cheat("A01_noop", {Code::kOob}), Refused(Code::kOob));
  EXPECT_EQ(DumpJson(CaseJson(right)),
            R"({"case":"A01_noop","kind":"adversarial","says":"cheats",)"
            R"("task":"vadd","expected":{"status":"REJECT","codes":["OOB"]},)"
            R"("right":true,"seconds":2.0,"status":"REJECT","code":"OOB",)"
            R"("check":"","message":"it did"})");
  EXPECT_EQ(DumpJson(GauntletSummaryJson({right}, {.device = "one core"})),
            R"({"event":"done","right":true,"adversarial":)"
            R"({"right":1,"ran":1,"all":1},"machine":{"device":"one core",)"
            R"("toolchain":"","cpu":"","packages":"","judge":""}})");
  const Json missing = CaseJson(NotRun(Cheat("A16_x", {}), "no GPU"));
  EXPECT_EQ(GetString(missing, "not_run"), "no GPU");
  EXPECT_FALSE(GetBool(missing, "right"));
}

}  // namespace
}  // namespace kernelevolve::cli
