// BaseKnowledge: the shipped knowledge base, and a source tree of the user's,
// as a KnowledgeSource.
#pragma once

#include <memory>

#include "base/file.h"
#include "knowledge/code_search.h"
#include "knowledge/docs/search.h"
#include "propose/llm/knowledge_source.h"

namespace kernelevolve {

// Owned by the author; immutable once made, safe to share between threads.
class BaseKnowledge : public KnowledgeSource {
 public:
  // `code` "" = no tree. kBadInput where it is no folder.
  static Result<std::unique_ptr<BaseKnowledge>> Load(const fs::path& data,
                                                     const fs::path& code);
  std::vector<KnowledgeExcerpt> Find(const Situation& situation,
                                     size_t limit) override;

 private:
  BaseKnowledge(std::unique_ptr<KnowledgeSearch> search,
                std::unique_ptr<CodeSearch> code)
      : search_(std::move(search)), code_(std::move(code)) {}

  const std::unique_ptr<KnowledgeSearch> search_;
  const std::unique_ptr<CodeSearch> code_;  // null without a tree
};

}  // namespace kernelevolve
