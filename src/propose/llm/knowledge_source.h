// What the deep-search sub-agent may draw on, whoever keeps it.
#pragma once

#include <string>
#include <vector>

#include "knowledge/docs/situation.h"
#include "propose/llm/excerpts_text.h"

namespace kernelevolve {

// A document by what its index says of it.
struct IndexEntry {
  std::string path, title, summary;
};

// Thread-safe. Same situation, same answers.
class KnowledgeSource {
 public:
  virtual ~KnowledgeSource() = default;
  // Most relevant first: what earlier runs of the operator taught, at most
  // `limit` documents, and what a source tree of the user's has to say.
  virtual std::vector<KnowledgeExcerpt> Find(const Situation& situation,
                                             size_t limit) = 0;
  // The documents that Find would choose from, most relevant first.
  virtual std::vector<IndexEntry> Index(const Situation& situation,
                                        size_t limit) = 0;
  // Like Find, with these documents; unknown paths are left out.
  virtual std::vector<KnowledgeExcerpt> Open(
      const std::vector<std::string>& paths, const Situation& situation) = 0;
};

}  // namespace kernelevolve
