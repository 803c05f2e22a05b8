#include "propose/llm/excerpts_text.h"

#include "base/format.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {

std::string ExcerptTitle(const KnowledgeExcerpt& excerpt) {
  return format("{} ({})", OneLine(excerpt.title, 200),
                OneLine(excerpt.path, 200));
}

std::string ExcerptsText(const std::vector<KnowledgeExcerpt>& excerpts,
                         size_t limit) {
  std::string text;
  for (const KnowledgeExcerpt& excerpt : excerpts) {
    const std::string whole = CutAfterBlock(excerpt.text, limit);
    text += format("### {}\n{}\n", ExcerptTitle(excerpt),
                   whole.empty() ? CutBetweenFences(excerpt.text, limit) : whole);
  }
  return text;
}

}  // namespace kernelevolve
