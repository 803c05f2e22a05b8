#include "propose/llm/verdict_advice.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace kernelevolve {
namespace {

constexpr int kCodes = static_cast<int>(Code::kWorkerLost) + 1;

TEST(VerdictAdvice, EveryCodeHasASentence) {
  for (int i = 0; i < kCodes; ++i) {
    const Code code = static_cast<Code>(i);
    const std::string advice = AdviceFor(code);
    EXPECT_GE(std::count(advice.begin(), advice.end(), ' '), 4)
        << CodeName(code);
    EXPECT_TRUE(advice.ends_with(".")) << CodeName(code) << ": " << advice;
    // It stands in a list of moves, one line each.
    EXPECT_LT(advice.size(), 250u) << CodeName(code);
    EXPECT_EQ(advice.find('\n'), std::string::npos) << CodeName(code);
  }
}

// Two failures that are repaired otherwise are not told the same.
TEST(VerdictAdvice, TellsCodesApart) {
  for (int i = 0; i < kCodes; ++i)
    for (int j = 0; j < i; ++j) {
      const Code one = static_cast<Code>(j), other = static_cast<Code>(i);
      const bool kin =
          one == Code::kHarnessTamper && other == Code::kResultForgery;
      EXPECT_EQ(AdviceFor(one) == AdviceFor(other), kin)
          << CodeName(one) << " and " << CodeName(other);
    }
}

}  // namespace
}  // namespace kernelevolve
