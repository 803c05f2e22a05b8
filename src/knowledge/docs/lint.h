// Lint: what is wrong with a knowledge folder.
#pragma once

#include <vector>

#include "base/file.h"
#include "knowledge/docs/document_index.h"

namespace kernelevolve {

// Mistakes of front matter, place and name, length, links, samples, titles that
// stand twice, and an index.md that is not of today; by file and line. Reads
// the documents and index.md, changes nothing.
Result<std::vector<Diagnostic>> LintKnowledge(const fs::path& knowledge);

// Stands in a new document wherever its author has still to write; a mistake
// until then.
inline constexpr const char* kToBeWritten = "TO BE WRITTEN";

}  // namespace kernelevolve
