// Sections of a prompt, fitted into a budget of tokens.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kernelevolve {

struct PromptSection {
  std::string title;
  std::string text;
  // 0 is kept whole as long as anything fits; higher numbers give way first.
  int priority = 0;
};

// The sections in their order, each under its title. Where the whole does not
// fit, the last of the lowest priority is cut to what is left, or left out.
// Never longer than `tokens` by EstimateTokens.
std::string FitSections(const std::vector<PromptSection>& sections,
                        int64_t tokens);

// What they all take, none of them cut.
int64_t SectionTokens(const std::vector<PromptSection>& sections);

}  // namespace kernelevolve
