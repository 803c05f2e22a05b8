#include "worker/judge/settled_answers.h"

#include <gtest/gtest.h>

#include <cstring>

#include "core/task.h"

namespace kernelevolve::worker {
namespace {

Task TaskOf(DType dtype) {
  Task task;
  task.outputs.resize(1);
  task.outputs[0].name = "y";
  task.outputs[0].dtype = dtype;
  return task;
}

Answered OfHalves(std::vector<_Float16> values) {
  Answered answered;
  answered.outputs.resize(1);
  auto& bytes = answered.outputs[0];
  bytes.resize(values.size() * sizeof(_Float16));
  std::memcpy(bytes.data(), values.data(), bytes.size());
  for (const uint8_t byte : bytes) answered.digest = answered.digest * 257 + byte + 1;
  return answered;
}

const std::vector<_Float16> kFirst = {1, 2, 3}, kCoarse = {1, 2, 3.02f},
                            kRounded = {1, 2, 3.002f};

// What comes of a kernel that answers so in a process of many calls, and in a fresh
// one; of each, the answers take turns.
struct Kernel {
  std::vector<std::vector<_Float16>> late, fresh = {kFirst};
  int calls = 0, restarts = 0;

  std::string Code(DType dtype = DType::kF16) {
    SettledTrials trials;
    trials.first = OfHalves(kFirst).digest;
    trials.call = [&](Answered* answered) -> Verdictless {
      const auto& now = restarts ? fresh : late;
      *answered = OfHalves(now[static_cast<size_t>(calls++) % now.size()]);
      return std::nullopt;
    };
    trials.wear = []() -> Verdictless { return std::nullopt; };
    trials.restart = [&]() -> Verdictless {
      calls = 0;
      ++restarts;
      return std::nullopt;
    };
    const auto outcome = HoldToFirst(TaskOf(dtype), trials);
    EXPECT_TRUE(outcome);
    return *outcome ? std::string(CodeName((*outcome)->code)) : "";
  }
};

TEST(SettledAnswers, AnAnswerThatStaysCostsOneCall) {
  Kernel kernel{{kFirst}};
  EXPECT_EQ(kernel.Code(), "");
  EXPECT_EQ(kernel.calls, 1);
  EXPECT_EQ(kernel.restarts, 0);
}

TEST(SettledAnswers, AnAnswerThatHasChangedForGoodIsAnotherKernels) {
  EXPECT_EQ((Kernel{{kCoarse}}.Code()), "PHASE_BRANCH");
}

TEST(SettledAnswers, RoundingIsExcused) {
  EXPECT_EQ((Kernel{{kRounded}}.Code()), "");
}

TEST(SettledAnswers, AnswersThatVaryAnywayAreNotHeldToOne) {
  EXPECT_EQ((Kernel{{kCoarse, kRounded}}.Code()), "");
  EXPECT_EQ((Kernel{{kCoarse, kFirst}}.Code()), "");
  EXPECT_EQ((Kernel{{kCoarse}, {kFirst, kRounded}}.Code()), "");
}

TEST(SettledAnswers, SumsInSinglePrecisionMayChangeTheirOrder) {
  EXPECT_EQ((Kernel{{kCoarse}}.Code(DType::kF32)), "");
}

TEST(SettledAnswers, AKernelThatFailsWhileItIsWornHasFailed) {
  SettledTrials trials;
  trials.wear = []() -> Verdictless {
    return Failure{Code::kTimeout, "hangs by now", "run", ""};
  };
  const auto outcome = HoldToFirst(TaskOf(DType::kBF16), trials);
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((*outcome)->code, Code::kTimeout);
}

TEST(SettledAnswers, ACallThatFailsIsWhatFailed) {
  SettledTrials trials;
  trials.wear = []() -> Verdictless { return std::nullopt; };
  trials.call = [](Answered*) -> Verdictless {
    return Failure{Code::kWrongOutput, "wrong by now", "compare", ""};
  };
  const auto outcome = HoldToFirst(TaskOf(DType::kF16), trials);
  ASSERT_TRUE(outcome && *outcome);
  EXPECT_EQ((*outcome)->code, Code::kWrongOutput);
}

}  // namespace
}  // namespace kernelevolve::worker
