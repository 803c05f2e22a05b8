// What the deep-search sub-agent may draw on, whoever keeps it.
#pragma once

#include <vector>

#include "propose/llm/bottleneck_report.h"
#include "propose/llm/prompt_builder.h"

namespace kernelevolve {

// Thread-safe. Same situation, same excerpts.
class KnowledgeSource {
 public:
  virtual ~KnowledgeSource() = default;
  // Most relevant first, at most `limit`.
  virtual std::vector<KnowledgeExcerpt> Find(const Situation& situation,
                                             size_t limit) = 0;
};

}  // namespace kernelevolve
