// Retrieved knowledge in words, for a prompt.
#pragma once

#include <string>
#include <vector>

namespace kernelevolve {

struct KnowledgeExcerpt {
  std::string title;
  std::string path;  // within the knowledge base, or of the user's tree
  std::string text;
};

// "Tails (guidance/tails.md)"
std::string ExcerptTitle(const KnowledgeExcerpt& excerpt);

// Each under its title, of each what fits into `limit` bytes.
std::string ExcerptsText(const std::vector<KnowledgeExcerpt>& excerpts,
                         size_t limit);

}  // namespace kernelevolve
