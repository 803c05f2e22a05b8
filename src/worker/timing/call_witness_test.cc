#include "worker/timing/call_witness.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

using std::chrono::microseconds;

CallReport Call(int elapsed_us, int claimed_us, int early_us = 10) {
  CallReport report;
  report.elapsed = microseconds(elapsed_us);
  report.claimed = microseconds(claimed_us);
  report.early_cpu = microseconds(early_us);
  return report;
}

CallWitness Witness(const std::vector<CallReport>& calls, bool spin = true) {
  CallWitness witness(spin);
  for (const CallReport& call : calls) {
    witness.AddCandidate(call);
    witness.AddBaseline(Call(100, 99));
  }
  return witness;
}

// Of a kernel that uses `early_us` before each call, where this many of 40 calls
// of a baseline were long as well.
CallWitness EarlyWitness(int early_us, int disturbed) {
  CallWitness witness(true);
  for (int call = 0; call < 40; ++call) {
    witness.AddCandidate(Call(100, 99, early_us));
    witness.AddBaseline(Call(100, 99, call < disturbed ? 5000 : 10));
  }
  return witness;
}

Code CodeOf(const CallWitness& witness) {
  const auto failure = witness.Judge(CheckSet());
  return failure ? failure->code : Code::kOk;
}

TEST(CallWitness, ClocksThatAgreeSayNothing) {
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(100, 99)))), Code::kOk);
  EXPECT_EQ(CodeOf(CallWitness(true)), Code::kOk);
}

TEST(CallWitness, AClockThatIsSlowInEveryCallWasChanged) {
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(100, 1)))), Code::kClockTamper);
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(100, 900)))),
            Code::kClockTamper);
}

TEST(CallWitness, AJudgeThatWasInterruptedKnowsLittle) {
  std::vector<CallReport> calls(10, Call(4000, 90));
  calls[7] = Call(100, 99);
  EXPECT_EQ(CodeOf(Witness(calls)), Code::kOk);
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(100, 1)), /*spin=*/false)),
            Code::kOk);
}

TEST(CallWitness, ShortOrFewCallsProveNothing) {
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(3, 1)))), Code::kOk);
  EXPECT_EQ(CodeOf(Witness(std::vector(5, Call(100, 1)))), Code::kOk);
}

TEST(CallWitness, WorkBeforeTheClockIsFound) {
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(100, 99, 500)))),
            Code::kBatchSkip);
  EXPECT_EQ(CodeOf(Witness(std::vector(10, Call(100, 99, 110)))), Code::kOk);
}

TEST(CallWitness, ABusyMomentIsNoWork) {
  std::vector<CallReport> calls(40, Call(100, 99));
  for (int i = 0; i < 7; ++i) calls[i] = Call(100, 99, 500);
  EXPECT_EQ(CodeOf(Witness(calls)), Code::kOk);
}

TEST(CallWitness, ChecksCanBeSwitchedOff) {
  const auto without = CheckSet::Without({"clock_claim", "early_work"});
  ASSERT_TRUE(without);
  EXPECT_FALSE(Witness(std::vector(10, Call(100, 1, 900))).Judge(*without));
}

TEST(CallWitness, AFewDisturbedBaselineCallsExcuseNoEarlyWork) {
  EXPECT_EQ(CodeOf(EarlyWitness(1000, 0)), Code::kBatchSkip);
  EXPECT_EQ(CodeOf(EarlyWitness(1000, 3)), Code::kBatchSkip);
  EXPECT_EQ(CodeOf(EarlyWitness(1000, 20)), Code::kOk);
  EXPECT_EQ(CodeOf(EarlyWitness(100, 0)), Code::kOk);
}

TEST(CallWitness, OnABusyMachineAThirdOfTheCallsMayBeEarly) {
  CallWitness witness = EarlyWitness(10, 3);
  for (int call = 0; call < 20; ++call) witness.AddCandidate(Call(100, 99, 5000));
  EXPECT_EQ(CodeOf(witness), Code::kOk);
}

TEST(CallWitness, AnInterruptedBaselineIsNoMeasure) {
  CallWitness witness(true);
  for (int call = 0; call < 40; ++call) {
    witness.AddCandidate(Call(100, 99, 50));
    witness.AddBaseline(Call(900, 899, -800));  // off its core for that long
  }
  EXPECT_EQ(CodeOf(witness), Code::kOk);
}

}  // namespace
}  // namespace kernelevolve::worker
