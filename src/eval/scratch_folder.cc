#include "eval/scratch_folder.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "base/format.h"

namespace kernelevolve {
namespace {

constexpr std::string_view kPrefix = "kernelevolve-scratch";

// The lock, or no descriptor where somebody holds it or it is not there.
Fd TakeLock(const fs::path& folder, int flags) {
  Fd fd(::open((folder / "lock").c_str(), O_RDWR | O_CLOEXEC | flags, 0600));
  if (fd && ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) fd.Reset();
  return fd;
}

// Whether the folder's lock file is still the one that is locked.
bool IsThere(const fs::path& folder, const Fd& lock) {
  struct stat locked {}, named {};
  return ::fstat(lock.get(), &locked) == 0 &&
         ::stat((folder / "lock").c_str(), &named) == 0 &&
         locked.st_dev == named.st_dev && locked.st_ino == named.st_ino;
}

// A folder whose lock file is not there yet is being made: left alone.
void RemoveDead(const fs::path& parent) {
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end;
       it.increment(error)) {
    if (!it->path().filename().string().starts_with(kPrefix)) continue;
    const Fd lock = TakeLock(it->path(), 0);
    std::error_code ignored;
    if (lock) fs::remove_all(it->path(), ignored);
  }
}

}  // namespace

Result<ScratchFolder> ScratchFolder::Create() {
  // Another process that begins may take one for dead whose lock file is not locked yet.
  constexpr int kTries = 20;
  for (int attempt = 1;; ++attempt) {
    ASSIGN_OR_RETURN(TempFolder folder, TempFolder::Create(kPrefix));
    Fd lock = TakeLock(folder.path(), O_CREAT);
    if (lock && IsThere(folder.path(), lock)) {
      RemoveDead(folder.path().parent_path());
      return ScratchFolder(std::move(folder), std::move(lock));
    }
    if (attempt == kTries)
      return SystemError(format("cannot lock {}", folder.path().string()));
  }
}

}  // namespace kernelevolve
