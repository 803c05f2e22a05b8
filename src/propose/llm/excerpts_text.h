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

// Each under its title, at most `limit` bytes of it.
std::string ExcerptsText(const std::vector<KnowledgeExcerpt>& excerpts,
                         size_t limit);

}  // namespace kernelevolve
