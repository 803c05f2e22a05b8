#include "knowledge/docs/document_index.h"

#include <algorithm>

#include "knowledge/docs/document_parser.h"

namespace kernelevolve {
namespace {

constexpr uint64_t kMaxBytes = 128 << 10;

bool IsElsewhere(const std::string& name, int depth) {
  return name.starts_with('.') ||
         (depth == 0 && (name == "recipes" || name == "skills"));
}

// Paths under `root`, in order, so that nothing depends on the file system.
std::vector<std::string> MarkdownIn(const fs::path& root) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end;
       !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (IsElsewhere(name, it.depth())) {
      it.disable_recursion_pending();
      continue;
    }
    const std::string path = it->path().lexically_relative(root).string();
    const bool plain =
        it->symlink_status(error).type() == fs::file_type::regular;
    if (plain && it->path().extension() == ".md" && path != kIndexPage)
      paths.push_back(path);
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace

DocumentIndex::DocumentIndex(std::vector<Document> documents)
    : documents_(std::move(documents)) {
  std::sort(
      documents_.begin(), documents_.end(),
      [](const Document& a, const Document& b) { return a.path < b.path; });
}

Result<DocumentIndex> DocumentIndex::Load(const fs::path& knowledge) {
  const Vocabulary vocabulary = VocabularyOf(knowledge);
  std::vector<Document> documents;
  std::vector<Diagnostic> problems;
  for (const std::string& path : MarkdownIn(knowledge)) {
    ASSIGN_OR_RETURN(const std::string text,
                     ReadFile(knowledge / path, kMaxBytes));
    ParsedDocument parsed = ParseDocument(text, path, vocabulary);
    if (parsed.diagnostics.empty())
      documents.push_back(std::move(parsed.document));
    for (Diagnostic& diagnostic : parsed.diagnostics)
      problems.push_back(std::move(diagnostic));
  }
  DocumentIndex index(std::move(documents));
  index.problems_ = std::move(problems);
  return index;
}

const Document* DocumentIndex::Find(std::string_view path) const {
  for (const Document& document : documents_)
    if (document.path == path) return &document;
  return nullptr;
}

}  // namespace kernelevolve
