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

TEST(PromptSections, CodeIsShownWholeOrNotAtAll) {
  const std::string code = "```cpp\n" + Words(300) + "```\n";
  const std::string prose = Words(120) + "\n";
  const PromptSection document{"Document", prose + code, 5, SectionCut::kEnd};
  const int64_t whole = SectionTokens({document});
  bool prose_alone = false;
  for (int64_t tokens = 0; tokens <= whole; tokens += 20) {
    const std::string text = FitSections({document}, tokens);
    EXPECT_LE(EstimateTokens(text), tokens);
    EXPECT_EQ(text.find("```") != std::string::npos,
              text.find("word299") != std::string::npos)
        << tokens << text;
    EXPECT_TRUE(text.empty() || text.ends_with("\n\n")) << text;
    // A title alone tells nothing.
    EXPECT_EQ(text.empty(), text.find("word119") == std::string::npos) << text;
    prose_alone = prose_alone ||
                  (!text.empty() && text.find("```") == std::string::npos);
  }
  EXPECT_TRUE(prose_alone);
  EXPECT_NE(FitSections({document}, whole).find("word299"), std::string::npos);
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
