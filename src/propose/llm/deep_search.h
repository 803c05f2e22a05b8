// DeepSearch: the sub-agent that picks what to read for a situation: a model that
// is shown the index. Without one, the rules of KnowledgeSource decide.
#pragma once

#include <vector>

#include "propose/llm/conversation.h"
#include "propose/llm/knowledge_source.h"

namespace kernelevolve {

// Owned by the author, as is its source; thread-safe.
class DeepSearch {
 public:
  virtual ~DeepSearch() = default;
  // Most relevant first, at most `limit` documents. Calls of a model are made
  // in `conversation`, with the seed of the proposal that they are made for.
  virtual std::vector<KnowledgeExcerpt> Find(
      const Situation& situation, size_t limit, uint64_t seed,
      Conversation& conversation) const = 0;
};

// The model sees titles and summaries of what the rules hold for the best, and
// names the documents to open. Where its answer names none of them, the rules
// decide alone.
class ModelDeepSearch : public DeepSearch {
 public:
  explicit ModelDeepSearch(KnowledgeSource& source) : source_(source) {}
  std::vector<KnowledgeExcerpt> Find(const Situation& situation, size_t limit,
                                     uint64_t seed,
                                     Conversation& conversation) const override;

 private:
  KnowledgeSource& source_;
};

}  // namespace kernelevolve
