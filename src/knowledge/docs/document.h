// Document: one short text of the knowledge base, with what it is about.
// docs/knowledge.md describes the file format.
#pragma once

#include <string>
#include <vector>

#include "core/verdict.h"

namespace kernelevolve {

struct Document {
  std::string path;  // under knowledge/: "guidance/performance/x.md"
  std::string title;
  std::string summary;  // one sentence; stands in the index and in prompts
  // Empty lists: it holds for any.
  std::vector<std::string> platforms, archs, languages, bottlenecks, phases;
  std::vector<Code> errors;
  std::vector<std::string> keywords, sources;
  std::vector<std::string>
      checked_with;   // tool versions; empty without samples
  std::string body;   // Markdown after the front matter
  int body_line = 1;  // of the file, where the body begins
};

}  // namespace kernelevolve
