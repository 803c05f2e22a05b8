#include "propose/llm/base_knowledge.h"

#include "base/format.h"

namespace kernelevolve {

Result<std::unique_ptr<BaseKnowledge>> BaseKnowledge::Load(
    const fs::path& data, const fs::path& code) {
  ASSIGN_OR_RETURN(std::unique_ptr<KnowledgeSearch> search,
                   KnowledgeSearch::Load(data));
  std::unique_ptr<CodeSearch> tree;
  if (!code.empty()) {
    ASSIGN_OR_RETURN(tree, CodeSearch::Load(code));
  }
  return std::unique_ptr<BaseKnowledge>(
      new BaseKnowledge(std::move(search), std::move(tree)));
}

std::vector<KnowledgeExcerpt> BaseKnowledge::Find(const Situation& situation,
                                                  size_t limit) {
  std::vector<KnowledgeExcerpt> excerpts;
  KnowledgeSearchOptions options;
  options.documents = limit;
  options.recipes = 0;
  // What cannot be looked up is not told: a prompt without it is still one.
  if (const auto found = search_->Search(situation, options))
    for (const FoundDocument& entry : found->documents)
      excerpts.push_back({entry.document->title, entry.document->path,
                          entry.document->body});
  if (!code_) return excerpts;
  constexpr size_t kSnippets = 2;
  if (const auto snippets = code_->Find(situation.text, kSnippets))
    for (const CodeSnippet& snippet : *snippets)
      excerpts.push_back({"From your source tree",
                          format("{}:{}", snippet.path, snippet.line),
                          snippet.text});
  return excerpts;
}

}  // namespace kernelevolve
