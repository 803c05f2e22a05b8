#include "propose/llm/excerpts_text.h"

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {

std::string ExcerptsText(const std::vector<KnowledgeExcerpt>& excerpts,
                         size_t limit) {
  std::string text;
  for (const KnowledgeExcerpt& excerpt : excerpts)
    text += format("### {} ({})\n{}\n", Sanitize(excerpt.title, 200),
                   Sanitize(excerpt.path, 200), Sanitize(excerpt.text, limit));
  return text;
}

}  // namespace kernelevolve
