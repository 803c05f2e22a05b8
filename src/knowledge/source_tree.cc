#include "knowledge/source_tree.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace kernelevolve {
namespace {

constexpr int kMaxEntries = 500'000;

constexpr std::array<std::string_view, 27> kExtensions = {
    ".asm", ".c",  ".cc",   ".cl",  ".cpp", ".cu",  ".cuh", ".cxx", ".f90",
    ".go",  ".h",  ".hh",   ".hip", ".hpp", ".hxx", ".inc", ".inl", ".ipp",
    ".jl",  ".ll", ".mlir", ".ptx", ".py",  ".pyx", ".rs",  ".s",   ".S"};

constexpr std::array<std::string_view, 4> kBuildFolders = {
    "__pycache__", "node_modules", "out", "target"};

bool IsSource(const fs::path& path) {
  const std::string extension = path.extension().string();
  return std::find(kExtensions.begin(), kExtensions.end(), extension) !=
         kExtensions.end();
}

bool IsSkippedFolder(const std::string& name) {
  return name == "build" || name.starts_with("build-") ||
         name.starts_with("cmake-build") ||
         std::find(kBuildFolders.begin(), kBuildFolders.end(), name) !=
             kBuildFolders.end();
}

}  // namespace

std::vector<std::string> SourceFilesIn(const fs::path& root) {
  std::vector<std::string> paths;
  std::error_code error;
  const auto options = fs::directory_options::skip_permission_denied;
  int entries = 0;
  for (fs::recursive_directory_iterator it(root, options, error), end;
       !error && it != end && entries < kMaxEntries; it.increment(error)) {
    ++entries;
    const std::string name = it->path().filename().string();
    std::error_code of_entry;
    const fs::file_type type = it->symlink_status(of_entry).type();
    const bool folder = type == fs::file_type::directory;
    if (name.starts_with('.') || (folder && IsSkippedFolder(name))) {
      if (folder) it.disable_recursion_pending();
    } else if (type == fs::file_type::regular && IsSource(it->path())) {
      paths.push_back(it->path().lexically_relative(root).string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

}  // namespace kernelevolve
