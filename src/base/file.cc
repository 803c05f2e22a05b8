#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "base/fd.h"
#include "base/format.h"

namespace kernelevolve {

Result<std::string> ReadFile(const fs::path& path, uint64_t limit) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return SystemError(format("cannot open {}", path.string()));
  std::string contents;
  char buffer[1 << 16];
  while (true) {
    const ssize_t got = ::read(fd.get(), buffer, sizeof buffer);
    if (got == 0) return contents;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(format("cannot read {}", path.string()));
    contents.append(buffer, static_cast<size_t>(got));
    if (contents.size() > limit)
      return BadInput(format("{} is larger than {} bytes", path.string(), limit));
  }
}

static Status WriteAll(int fd, std::string_view contents, const fs::path& path) {
  while (!contents.empty()) {
    const ssize_t put = ::write(fd, contents.data(), contents.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return SystemError(format("cannot write {}", path.string()));
    contents.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

Status WriteFileAtomic(const fs::path& path, std::string_view contents) {
  std::string temporary = path.string() + ".XXXXXX";
  Fd fd(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!fd) return SystemError(format("cannot create {}", temporary));
  Status written = WriteAll(fd.get(), contents, path);
  if (written && ::fsync(fd.get()) != 0)
    written = SystemError(format("cannot flush {}", path.string()));
  if (written && ::fchmod(fd.get(), 0644) != 0)
    written = SystemError(format("cannot set the mode of {}", path.string()));
  if (written && ::rename(temporary.c_str(), path.c_str()) != 0)
    written = SystemError(format("cannot rename to {}", path.string()));
  if (!written) ::unlink(temporary.c_str());
  return written;
}

Status MakeFolders(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error)
    return Broken(format("cannot make {}: {}", path.string(), error.message()));
  return {};
}

Result<TempFolder> TempFolder::Create(std::string_view prefix) {
  const char* base = std::getenv("TMPDIR");
  std::string path = format("{}/{}.XXXXXX", base ? base : "/tmp", prefix);
  if (!::mkdtemp(path.data())) return SystemError("cannot make " + path);
  return TempFolder(path);
}

TempFolder::TempFolder(TempFolder&& other) noexcept
    : path_(std::move(other.path_)) {
  other.path_.clear();
}

TempFolder& TempFolder::operator=(TempFolder&& other) noexcept {
  std::swap(path_, other.path_);
  return *this;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

Result<fs::path> DataFolder() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (error) return Broken("cannot read /proc/self/exe: " + error.message());
  for (fs::path up = self.parent_path();; up = up.parent_path()) {
    for (const fs::path& root : {up, up / "share" / "kernelevolve"}) {
      if (fs::exists(root / "tasks") && fs::exists(root / "targets")) return root;
    }
    if (up == up.root_path()) break;
  }
  return Missing(format(
      "no tasks/ and targets/ beside {} or above it; run the program from a "
      "checkout or install it with cmake --install",
      self.string()));
}

Result<fs::path> CacheFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  fs::path root = cache && *cache  ? fs::path(cache)
                  : home && *home ? fs::path(home) / ".cache"
                                  : fs::path("/tmp");
  root /= "kernelevolve";
  RETURN_IF_ERROR(MakeFolders(root));
  return root;
}

}  // namespace kernelevolve
