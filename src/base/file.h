// Whole files and folders, with errors that name the path.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace kernelevolve {

namespace fs = std::filesystem;

// At most `limit` bytes; a larger file is an error, not a truncation.
Result<std::string> ReadFile(const fs::path& path, uint64_t limit = 64 << 20);

// Under a temporary name in the same folder, then renamed: a reader sees the
// old file or the whole new one.
Status WriteFileAtomic(const fs::path& path, std::string_view contents);

Status MakeFolders(const fs::path& path);

// A fresh private folder, removed with its contents when destroyed.
class TempFolder {
 public:
  static Result<TempFolder> Create(std::string_view prefix);
  TempFolder(TempFolder&& other) noexcept;
  TempFolder& operator=(TempFolder&& other) noexcept;
  ~TempFolder();
  const fs::path& path() const { return path_; }

 private:
  explicit TempFolder(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

// The folder that holds tasks/, knowledge/, targets/ and runners/: the checkout
// or <prefix>/share/kernelevolve, found from the running program's own path.
Result<fs::path> DataFolder();

// ${XDG_CACHE_HOME:-~/.cache}/kernelevolve, made if absent.
Result<fs::path> CacheFolder();

}  // namespace kernelevolve
