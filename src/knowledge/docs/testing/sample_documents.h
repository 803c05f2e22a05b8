// Documents and knowledge folders for tests.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "knowledge/docs/document.h"

namespace kernelevolve {

// A document in which lint finds nothing.
Document SampleDocument(const std::string& path, const std::string& title);

// The documents' files under `knowledge`, and an index.md that fits them.
void WriteDocuments(const std::vector<Document>& documents,
                    const fs::path& knowledge);

}  // namespace kernelevolve
