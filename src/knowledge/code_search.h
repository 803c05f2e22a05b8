// CodeSearch: full-text search over a source tree of the user's, for examples
// of how something is done there.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "sqlite/database.h"

namespace kernelevolve {

struct CodeSearchLimits {
  uint64_t file_bytes = 512 << 10;
  size_t files = 20'000;
  uint64_t total_bytes = 64 << 20;  // it is all kept in memory
};

// A few lines of one file, clean enough for a terminal or a prompt.
struct CodeSnippet {
  std::string path;  // under the tree
  int line = 0;      // of the first line
  std::string text;
  double score = 0;
};

// Owned by whoever asks; Find is safe from any thread.
class CodeSearch {
 public:
  // Reads the source files under `root` in the order of their paths. Follows no
  // links; leaves out hidden entries, build folders, binaries and what exceeds
  // the limits. kBadInput if `root` is no folder.
  static Result<std::unique_ptr<CodeSearch>> Load(
      const fs::path& root, const CodeSearchLimits& limits = {});

  // Best first; at most 16 lines and 2000 bytes each.
  Result<std::vector<CodeSnippet>> Find(std::string_view text,
                                        size_t limit) const;

  size_t files() const { return files_; }
  // Source files beyond the limits of count or bytes.
  size_t left_out() const { return left_out_; }

 private:
  explicit CodeSearch(std::unique_ptr<sqlite::Database> database)
      : database_(std::move(database)) {}
  Status Fill(const fs::path& root, const CodeSearchLimits& limits);
  Status AddFile(const std::string& path, std::string_view text);

  mutable std::mutex mutex_;  // guards database_
  std::unique_ptr<sqlite::Database> database_;
  size_t files_ = 0, left_out_ = 0;
};

}  // namespace kernelevolve
