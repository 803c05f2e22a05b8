#include "propose/llm/prompt_sections.h"

#include <algorithm>
#include <numeric>

#include "base/text.h"
#include "llm/token_estimate.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

// Less than this of a section tells nothing.
constexpr int64_t kLeastTokens = 60;

std::string Render(const PromptSection& section) {
  std::string text = "## " + section.title + "\n" + section.text;
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text + "\n\n";
}

// `text` cut so that its estimate is at most `tokens`.
std::string CutTo(const std::string& text, SectionCut how, int64_t tokens) {
  int64_t estimate = EstimateTokens(text);
  size_t limit = text.size();
  std::string cut = text;
  while (estimate > tokens && limit > 0) {
    limit = std::min(limit - 1,
                     static_cast<size_t>(static_cast<double>(limit) * 0.97 *
                                         static_cast<double>(tokens) /
                                         static_cast<double>(estimate)));
    cut = how == SectionCut::kEnd ? CutAfterBlock(text, limit)
                                  : CutBetweenFences(text, limit);
    estimate = EstimateTokens(cut);
  }
  return limit > 0 ? cut : "";
}

// A title alone tells nothing.
std::string Cut(const std::string& text, SectionCut how, int64_t tokens) {
  if (how == SectionCut::kMiddle) return CutTo(text, how, tokens);
  constexpr int64_t kBlankLine = 1;
  const std::string cut = CutTo(text, how, tokens - kBlankLine);
  return EstimateTokens(cut) < kLeastTokens ? "" : cut + "\n";
}

}  // namespace

int64_t SectionTokens(const std::vector<PromptSection>& sections) {
  int64_t tokens = 0;
  for (const PromptSection& section : sections)
    tokens += EstimateTokens(Render(section));
  return tokens;
}

std::string FitSections(const std::vector<PromptSection>& sections,
                        int64_t tokens) {
  std::vector<size_t> order(sections.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return sections[a].priority < sections[b].priority;
  });
  std::vector<std::string> texts(sections.size());
  int64_t left = tokens;
  for (const size_t i : order) {
    std::string text = Render(sections[i]);
    int64_t cost = EstimateTokens(text);
    if (cost > left) {
      text = left >= kLeastTokens ? Cut(text, sections[i].cut, left) : "";
      cost = EstimateTokens(text);
    }
    left -= cost;
    texts[i] = std::move(text);
  }
  return Join(texts, "");
}

}  // namespace kernelevolve
