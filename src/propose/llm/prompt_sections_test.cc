#include "propose/llm/prompt_sections.h"

#include <gtest/gtest.h>

#include "llm/token_estimate.h"

namespace kernelevolve {
namespace {

std::string Words(int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += "word" + std::to_string(i) + "\n";
  return text;
}

TEST(PromptSections, KeepTheirOrderWhateverTheirPriority) {
  const std::string text = FitSections(
      {{"Second matter", "b", 1}, {"First matter", "a", 0}}, 1000);
  EXPECT_EQ(text, "## Second matter\nb\n\n## First matter\na\n\n");
}

TEST(PromptSections, TheLowestPriorityGivesWayFirst) {
  const std::string kept = Words(200), dropped = Words(2000);
  const int64_t tokens = EstimateTokens(kept) + 200;
  const std::string text =
      FitSections({{"Long", dropped, 5}, {"Kept", kept, 0}}, tokens);
  EXPECT_NE(text.find(kept.substr(0, kept.size() - 1)), std::string::npos);
  EXPECT_LE(EstimateTokens(text), tokens);
}

TEST(PromptSections, NeverExceedTheBudget) {
  for (const int64_t tokens : {0, 10, 59, 100, 1000, 5000}) {
    const std::string text = FitSections(
        {{"A", Words(3000), 0}, {"B", std::string(20000, '{'), 1}}, tokens);
    EXPECT_LE(EstimateTokens(text), tokens) << tokens;
  }
}

}  // namespace
}  // namespace kernelevolve
