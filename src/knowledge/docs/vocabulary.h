// Vocabulary: the words that a document's front matter may use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"

namespace kernelevolve {

struct Vocabulary {
  std::vector<std::string> platforms = {"cpu", "nvidia", "amd"};
  std::vector<std::string> languages = {"cpp", "cuda", "triton", "hip"};
  std::vector<std::string> bottlenecks = {"memory", "compute", "latency",
                                          "occupancy", "launch"};
  std::vector<std::string> phases = {"draft", "repair", "optimize"};
};

// The above, and a platform for every folder in knowledge/hardware, a language
// for every one in knowledge/languages: a new chip is a folder, not code.
Vocabulary VocabularyOf(const fs::path& knowledge);

// Every verdict code, in the order of core/verdict.h.
std::vector<std::string> VerdictCodeNames();

// The tags of fenced blocks: three languages that are compiled, and "text".
const std::vector<std::string>& SampleTags();

// Whether a document may stand in `folder`, a path under knowledge/.
bool IsDocumentFolder(std::string_view folder, const Vocabulary& vocabulary);
// For messages: "constraints, guidance/correctness, …".
std::string DocumentFolders(const Vocabulary& vocabulary);

}  // namespace kernelevolve
