#include "knowledge/code_search.h"

#include <algorithm>
#include <cctype>

#include "base/format.h"
#include "base/text.h"
#include "knowledge/docs/query_words.h"
#include "knowledge/source_tree.h"
#include "sqlite/transaction.h"

namespace kernelevolve {
namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

// A file is searched in pieces of this many lines, a function or two; the
// snippet is the part of a piece around the line that matches best.
constexpr size_t kPieceLines = 40;
constexpr size_t kSnippetLines = 16;
constexpr size_t kLineBytes = 160, kSnippetBytes = 2000;
// A machine-made file can hold millions of short lines.
constexpr size_t kMaxPieces = 2000;

bool IsBinary(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

std::string Lowered(std::string_view text) {
  std::string lowered(text);
  for (char& c : lowered)
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lowered;
}

size_t WordsIn(std::string_view line, const std::vector<std::string>& words) {
  const std::string lowered = Lowered(line.substr(0, 1024));
  return static_cast<size_t>(
      std::count_if(words.begin(), words.end(), [&](const std::string& word) {
        return lowered.find(word) != std::string::npos;
      }));
}

// Index of the first line of the window that holds most of the words.
size_t BestWindow(const std::vector<std::string_view>& lines,
                  const std::vector<std::string>& words) {
  std::vector<size_t> hits;
  for (const std::string_view line : lines)
    hits.push_back(WordsIn(line, words));
  size_t best = 0, most = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    size_t sum = 0;
    for (size_t j = i; j < std::min(i + kSnippetLines, lines.size()); ++j)
      sum += hits[j];
    if (sum > most) best = i, most = sum;
  }
  return best;
}

CodeSnippet SnippetOf(const std::string& path, int first_line,
                      std::string_view piece,
                      const std::vector<std::string>& words) {
  const std::vector<std::string_view> lines = Split(piece, '\n');
  const size_t begin = BestWindow(lines, words);
  CodeSnippet snippet;
  snippet.path = Sanitize(path, 512);
  snippet.line = first_line + static_cast<int>(begin);
  for (size_t i = begin; i < std::min(begin + kSnippetLines, lines.size());
       ++i) {
    const std::string line = ReplaceAll(
        Sanitize(lines[i].substr(0, kLineBytes), kLineBytes), "\n", " ");
    if (snippet.text.size() + line.size() + 1 > kSnippetBytes) break;
    snippet.text += line + "\n";
  }
  return snippet;
}

}  // namespace

Result<std::unique_ptr<CodeSearch>> CodeSearch::Load(
    const fs::path& root, const CodeSearchLimits& limits) {
  std::error_code error;
  if (!fs::is_directory(root, error))
    return BadInput(format("'{}' is not a folder", root.string()));
  ASSIGN_OR_RETURN(std::unique_ptr<Database> database,
                   Database::OpenInMemory());
  RETURN_IF_ERROR(database->RunScript(
      "CREATE VIRTUAL TABLE pieces USING fts5("
      "path, line UNINDEXED, code, tokenize = 'porter unicode61')"));
  std::unique_ptr<CodeSearch> search(new CodeSearch(std::move(database)));
  RETURN_IF_ERROR(search->Fill(root, limits));
  return search;
}

Status CodeSearch::Fill(const fs::path& root, const CodeSearchLimits& limits) {
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(*database_));
  uint64_t total = 0;
  for (const std::string& path : SourceFilesIn(root)) {
    std::error_code error;
    const uint64_t size = fs::file_size(root / path, error);
    if (error || size > limits.file_bytes) continue;
    if (files_ == limits.files || total + size > limits.total_bytes) {
      ++left_out_;
      continue;
    }
    // What cannot be read, or grew meanwhile, is no part of the tree.
    const Result<std::string> text = ReadFile(root / path, limits.file_bytes);
    if (!text || IsBinary(*text)) continue;
    RETURN_IF_ERROR(AddFile(path, *text));
    total += text->size();
    ++files_;
  }
  return transaction.Commit();
}

Status CodeSearch::AddFile(const std::string& path, std::string_view text) {
  int line = 1;
  for (size_t piece = 0; !text.empty() && piece < kMaxPieces; ++piece) {
    size_t end = 0;
    for (size_t i = 0; i < kPieceLines && end < text.size(); ++i)
      end = std::min(text.find('\n', end), text.size() - 1) + 1;
    RETURN_IF_ERROR(database_->Run(
        "INSERT INTO pieces (path, line, code) VALUES (?1, ?2, ?3)", path, line,
        text.substr(0, end)));
    text.remove_prefix(end);
    line += static_cast<int>(kPieceLines);
  }
  return {};
}

Result<std::vector<CodeSnippet>> CodeSearch::Find(std::string_view text,
                                                  size_t limit) const {
  const std::vector<std::string> words = QueryWords(text);
  std::vector<CodeSnippet> snippets;
  if (words.empty()) return snippets;
  const std::lock_guard lock(mutex_);
  ASSIGN_OR_RETURN(
      Statement statement,
      database_->Query("SELECT path, line, code, -bm25(pieces, 2.0, 0.0, 1.0) "
                       "FROM pieces WHERE pieces MATCH ?1 "
                       "ORDER BY bm25(pieces, 2.0, 0.0, 1.0), rowid LIMIT ?2",
                       MatchAny(words), static_cast<int64_t>(limit)));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, statement.Step());
    if (!row) return snippets;
    snippets.push_back(SnippetOf(statement.String(0),
                                 static_cast<int>(statement.Integer(1)),
                                 statement.Text(2), words));
    snippets.back().score = statement.Real(3);
  }
}

}  // namespace kernelevolve
