// DocumentIndex: the documents of one knowledge folder.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "core/task_parser.h"
#include "knowledge/docs/document.h"
#include "knowledge/docs/vocabulary.h"

namespace kernelevolve {

// Immutable once loaded; safe to share between threads.
class DocumentIndex {
 public:
  // Reads every .md file under `knowledge` except index.md, recipes/ and
  // skills/; follows no links. A malformed document is left out and its
  // mistakes are in problems(); an absent folder is an empty index.
  static Result<DocumentIndex> Load(const fs::path& knowledge);
  explicit DocumentIndex(std::vector<Document> documents);

  // In the order of paths.
  const std::vector<Document>& documents() const { return documents_; }
  const std::vector<Diagnostic>& problems() const { return problems_; }
  const Document* Find(std::string_view path) const;

 private:
  std::vector<Document> documents_;
  std::vector<Diagnostic> problems_;
};

// What stands beside the documents and is none.
inline constexpr const char* kIndexPage = "index.md";

}  // namespace kernelevolve
