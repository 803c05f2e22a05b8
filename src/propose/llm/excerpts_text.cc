#include "propose/llm/excerpts_text.h"

#include "base/format.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {

std::string ExcerptsText(const std::vector<KnowledgeExcerpt>& excerpts,
                         size_t limit) {
  std::string text;
  for (const KnowledgeExcerpt& excerpt : excerpts)
    text += format("### {} ({})\n{}\n", OneLine(excerpt.title, 200),
                   OneLine(excerpt.path, 200),
                   CutBetweenFences(excerpt.text, limit));
  return text;
}

}  // namespace kernelevolve
