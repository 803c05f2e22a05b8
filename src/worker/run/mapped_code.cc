#include "worker/run/mapped_code.h"

#include <algorithm>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker {

std::vector<std::string> CodeFiles(std::string_view maps) {
  std::vector<std::string> files;
  for (const std::string_view line : Split(maps, '\n')) {
    // "begin-end rwxp offset device inode   /path"
    const size_t space = line.find(' ');
    const size_t slash = line.find('/');
    if (space == line.npos || slash == line.npos || space + 3 >= line.size() ||
        line[space + 3] != 'x')
      continue;
    std::string_view path = line.substr(slash);
    // A program that was built anew meanwhile.
    constexpr std::string_view kGone = " (deleted)";
    if (path.ends_with(kGone)) path.remove_suffix(kGone.size());
    if (std::find(files.begin(), files.end(), path) == files.end())
      files.emplace_back(path);
  }
  return files;
}

std::string NameFew(const std::vector<std::string>& files) {
  constexpr size_t kMost = 3;
  std::vector<std::string> names;
  for (size_t i = files.size(); i-- > 0 && names.size() < kMost;)
    names.push_back(Sanitize(fs::path(files[i]).filename().string(), 100));
  const std::string listed = Join(names, ", ");
  const size_t rest = files.size() - names.size();
  return rest == 0 ? listed : format("{} and {} more", listed, rest);
}

bool IsRuntimeLibrary(std::string_view file_name) {
  for (const std::string_view prefix :
       {"libstdc++.so", "libm.so", "libgcc_s.so", "libc.so", "libgomp.so",
        "libpthread.so", "ld-linux", "libdl.so", "libmvec.so", "librt.so"})
    if (file_name.starts_with(prefix)) return true;
  return false;
}

}  // namespace kernelevolve::worker
