// BaseKnowledge: the shipped knowledge base, what earlier runs taught, and a
// source tree of the user's, as a KnowledgeSource.
#pragma once

#include <memory>

#include "base/file.h"
#include "knowledge/code_search.h"
#include "knowledge/docs/search.h"
#include "knowledge/skills/skill_choice.h"
#include "propose/llm/knowledge_source.h"

namespace kernelevolve {

// Owned by the author; immutable once made, safe to share between threads.
class BaseKnowledge : public KnowledgeSource {
 public:
  // `code` "" = no tree. kBadInput where it is no folder.
  static Result<std::unique_ptr<BaseKnowledge>> Load(const fs::path& data,
                                                     const fs::path& code,
                                                     const SkillUse& skills);
  std::vector<KnowledgeExcerpt> Find(const Situation& situation,
                                     size_t limit) override;
  std::vector<IndexEntry> Index(const Situation& situation,
                                size_t limit) override;
  std::vector<KnowledgeExcerpt> Open(const std::vector<std::string>& paths,
                                     const Situation& situation) override;

 private:
  BaseKnowledge(std::unique_ptr<KnowledgeSearch> search,
                std::unique_ptr<CodeSearch> code, SkillIndex skills,
                SkillUse use)
      : search_(std::move(search)),
        code_(std::move(code)),
        skills_(std::move(skills)),
        use_(std::move(use)) {}
  std::vector<const Document*> Documents(const Situation& situation,
                                         size_t limit) const;
  std::vector<KnowledgeExcerpt> Skills(const Situation& situation) const;
  void AddCode(const Situation& situation,
               std::vector<KnowledgeExcerpt>& excerpts) const;

  const std::unique_ptr<KnowledgeSearch> search_;
  const std::unique_ptr<CodeSearch> code_;  // null without a tree
  const SkillIndex skills_;
  const SkillUse use_;
};

}  // namespace kernelevolve
