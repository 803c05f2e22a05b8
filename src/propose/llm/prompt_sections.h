// Sections of a prompt, fitted into a budget of tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kernelevolve {

// What is left of a section that does not fit.
enum class SectionCut {
  kMiddle,  // beginning and end
  kEnd,     // the blocks and paragraphs at its beginning that fit whole
};

struct PromptSection {
  std::string title;
  std::string text;
  // 0 is kept whole as long as anything fits; higher numbers give way first.
  int priority = 0;
  SectionCut cut = SectionCut::kMiddle;
};

// The sections in their order, each under its title. Where the whole does not
// fit, the last of the lowest priority is cut to what is left, or left out.
// Never longer than `tokens` by EstimateTokens.
std::string FitSections(const std::vector<PromptSection>& sections,
                        int64_t tokens);

// What they all take, none of them cut.
int64_t SectionTokens(const std::vector<PromptSection>& sections);

}  // namespace kernelevolve
