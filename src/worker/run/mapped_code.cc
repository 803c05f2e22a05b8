#include "worker/run/mapped_code.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/fd.h"
#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/run/process_state.h"

namespace kernelevolve::worker {
namespace {

bool HasElfMark(const std::string& file, uint64_t at) {
  const Fd open_file(open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  char mark[4];
  return open_file &&
         pread(open_file.get(), mark, sizeof mark, static_cast<off_t>(at)) ==
             sizeof mark &&
         std::string_view(mark, sizeof mark) == "\177ELF";
}

// By the file itself, where there is one: of a private mapping the process may have
// written over the beginning. `root`: the files as the process sees them.
bool IsElf(pid_t pid, const MappedFile& file) {
  const std::string root = format("/proc/{}/root", pid);
  const bool gone = file.in_memory() || access((root + file.path).c_str(), F_OK) != 0;
  return gone ? HasElfMark(format("/proc/{}/mem", pid), file.start)
              : HasElfMark(root + file.path, 0);
}

bool IsCode(pid_t pid, const MappedFile& file) {
  return (file.executable && !file.in_memory()) || IsElf(pid, file);
}

}  // namespace

bool MappedFile::in_memory() const {
  return path.starts_with("/memfd:") || path.starts_with("/SYSV") ||
         path == "/dev/zero";
}

std::vector<MappedFile> MappedFiles(std::string_view maps) {
  std::vector<MappedFile> files;
  for (const MappedRange& range : MappedRanges(maps)) {
    if (range.path.empty()) continue;
    std::string_view path = range.path;
    // A program that was built anew meanwhile.
    constexpr std::string_view kGone = " (deleted)";
    if (path.ends_with(kGone)) path.remove_suffix(kGone.size());
    auto known = std::ranges::find(files, path, &MappedFile::path);
    if (known == files.end()) {
      files.push_back({std::string(path)});
      known = files.end() - 1;
      known->start = range.begin;
    }
    known->executable |= range.permissions[2] == 'x';
  }
  return files;
}

std::vector<std::string> CodeFiles(pid_t pid) {
  const auto maps = ReadFile(format("/proc/{}/maps", pid), 16 << 20);
  std::vector<std::string> code;
  for (const MappedFile& file : MappedFiles(maps.value_or("")))
    if (IsCode(pid, file)) code.push_back(file.path);
  return code;
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

bool IsRuntimeLibrary(const std::string& path) {
  // Converters of characters, which its streams open.
  if (path.starts_with("/usr/lib") && path.find("/gconv/") != path.npos) return true;
  const std::string name = fs::path(path).filename();
  for (const std::string_view prefix :
       {"libstdc++.so", "libm.so", "libgcc_s.so", "libc.so", "libgomp.so",
        "libpthread.so", "ld-linux", "libdl.so", "libmvec.so", "librt.so"})
    if (name.starts_with(prefix)) return true;
  return false;
}

}  // namespace kernelevolve::worker
