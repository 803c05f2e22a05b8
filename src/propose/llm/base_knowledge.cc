#include "propose/llm/base_knowledge.h"

#include "base/format.h"
#include "propose/llm/skill_excerpts.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {

Result<std::unique_ptr<BaseKnowledge>> BaseKnowledge::Load(
    const fs::path& data, const fs::path& code, const SkillUse& skills) {
  ASSIGN_OR_RETURN(std::unique_ptr<KnowledgeSearch> search,
                   KnowledgeSearch::Load(data));
  std::unique_ptr<CodeSearch> tree;
  if (!code.empty()) {
    ASSIGN_OR_RETURN(tree, CodeSearch::Load(code));
  }
  ASSIGN_OR_RETURN(SkillIndex index, SkillIndex::Load(data / "knowledge"));
  return std::unique_ptr<BaseKnowledge>(new BaseKnowledge(
      std::move(search), std::move(tree), std::move(index), skills));
}

std::vector<KnowledgeExcerpt> BaseKnowledge::Skills(
    const Situation& situation) const {
  constexpr size_t kSkills = 2;
  std::vector<KnowledgeExcerpt> excerpts;
  for (const Skill* skill : ChooseSkills(skills_, situation, use_, kSkills))
    excerpts.push_back(ExcerptOf(*skill));
  return excerpts;
}

std::vector<const Document*> BaseKnowledge::Documents(
    const Situation& situation, size_t limit) const {
  KnowledgeSearchOptions options;
  options.documents = limit;
  options.recipes = 0;
  std::vector<const Document*> documents;
  // What cannot be looked up is not told: a prompt without it is still one.
  if (const auto found = search_->Search(situation, options))
    for (const FoundDocument& entry : found->documents)
      documents.push_back(entry.document);
  return documents;
}

void BaseKnowledge::AddCode(const Situation& situation,
                            std::vector<KnowledgeExcerpt>& excerpts) const {
  if (!code_) return;
  constexpr size_t kSnippets = 2, kSnippetBytes = 4 << 10;
  if (const auto snippets = code_->Find(situation.text, kSnippets))
    for (const CodeSnippet& snippet : *snippets)
      excerpts.push_back({"From your source tree",
                          format("{}:{}", snippet.path, snippet.line),
                          Quoted("A passage", "", snippet.text, kSnippetBytes)});
}

std::vector<KnowledgeExcerpt> BaseKnowledge::Find(const Situation& situation,
                                                  size_t limit) {
  std::vector<KnowledgeExcerpt> excerpts = Skills(situation);
  for (const Document* document : Documents(situation, limit))
    excerpts.push_back({document->title, document->path, document->body});
  AddCode(situation, excerpts);
  return excerpts;
}

std::vector<IndexEntry> BaseKnowledge::Index(const Situation& situation,
                                             size_t limit) {
  std::vector<IndexEntry> entries;
  for (const Document* document : Documents(situation, limit))
    entries.push_back({document->path, document->title, document->summary});
  return entries;
}

std::vector<KnowledgeExcerpt> BaseKnowledge::Open(
    const std::vector<std::string>& paths, const Situation& situation) {
  std::vector<KnowledgeExcerpt> excerpts = Skills(situation);
  for (const std::string& path : paths)
    if (const Document* document = search_->index().Find(path))
      excerpts.push_back({document->title, document->path, document->body});
  AddCode(situation, excerpts);
  return excerpts;
}

}  // namespace kernelevolve
