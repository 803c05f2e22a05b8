// Markdown with front matter → Document, and back.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/task_parser.h"
#include "knowledge/docs/document.h"
#include "knowledge/docs/vocabulary.h"

namespace kernelevolve {

struct ParsedDocument {
  Document document;  // valid only if there are no diagnostics
  std::vector<Diagnostic> diagnostics;
};

// `path` is the document's under knowledge/, and names it in diagnostics.
ParsedDocument ParseDocument(std::string_view text, const std::string& path,
                             const Vocabulary& vocabulary);

// Front matter and body, as ParseDocument reads them.
std::string DocumentText(const Document& document);

// Longer ones do not fit the index or a prompt.
inline constexpr size_t kMaxTitle = 80, kMaxSummary = 160;  // characters

}  // namespace kernelevolve
