#include "process/machine_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cerrno>
#include <thread>

#include "base/format.h"

namespace kernelevolve {
namespace {

using Steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPause{10};
// Whoever makes the file opens it to all a moment later.
constexpr int kOpenAttempts = 50;
// Files in it can be removed and renamed by their owners alone.
constexpr mode_t kSharedFolder = S_ISVTX | S_IWOTH | S_IXOTH;

Result<fs::path> SharedFolder(const std::vector<fs::path>& folders) {
  struct stat found {};
  for (const fs::path& folder : folders)
    if (::stat(folder.c_str(), &found) == 0 && S_ISDIR(found.st_mode) &&
        (found.st_mode & kSharedFolder) == kSharedFolder)
      return folder;
  return Missing("no folder that all users of this machine share: /tmp should "
                 "have the mode 1777");
}

// Nothing is ever written to it, so that whatever it is stays as it is. A file
// that exists is not opened with O_CREAT: Linux may forbid that for another
// user's file in a shared folder.
Fd OpenOrMake(const fs::path& file) {
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;
  for (int attempt = 0; attempt < kOpenAttempts; ++attempt) {
    Fd fd(::open(file.c_str(), kFlags));
    if (fd) return fd;
    if (errno == ENOENT) {
      fd = Fd(::open(file.c_str(), kFlags | O_CREAT | O_EXCL, 0600));
      constexpr mode_t kAll = 0666;  // whatever the umask
      if (fd && ::fchmod(fd.get(), kAll) == 0) return fd;
    }
    if (errno != EEXIST && errno != EACCES && errno != ENOENT) return {};
    std::this_thread::sleep_for(kPause);
  }
  return {};
}

// A link, a pipe or a second name of another program's file is no lock of ours.
bool IsPlain(const Fd& fd) {
  struct stat found {};
  return ::fstat(fd.get(), &found) == 0 && S_ISREG(found.st_mode) &&
         found.st_nlink == 1;
}

// Not removed, and made again by others, while we waited.
bool IsStill(const Fd& fd, const fs::path& file) {
  struct stat held {}, named {};
  return ::fstat(fd.get(), &held) == 0 && ::lstat(file.c_str(), &named) == 0 &&
         held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

Status Wait(const Fd& fd, const std::function<void()>& waiting,
            milliseconds patience) {
  const auto start = Steady::now();
  bool told = false;
  // Told once; then the system wakes us.
  while (::flock(fd.get(), told ? LOCK_EX : LOCK_EX | LOCK_NB) != 0) {
    if (errno == EINTR) continue;
    if (errno != EWOULDBLOCK) return SystemError("cannot take a machine lock");
    if (Steady::now() - start < patience) {
      std::this_thread::sleep_for(kPause);
      continue;
    }
    told = true;
    waiting();
  }
  return {};
}

}  // namespace

Result<Fd> TakeMachineLock(const std::string& name,
                           const std::function<void()>& waiting,
                           const std::vector<fs::path>& folders,
                           milliseconds patience) {
  ASSIGN_OR_RETURN(const fs::path folder, SharedFolder(folders));
  const fs::path file = folder / ("kernelevolve-" + name);
  while (true) {
    Fd fd = OpenOrMake(file);
    if (!fd)
      return SystemError(format("cannot open {}, the lock under which all users of "
                                "this machine time", file.string()));
    if (!IsPlain(fd))
      return Broken(format("{} is no lock file of ours: whoever made it should "
                           "remove it", file.string()));
    RETURN_IF_ERROR(Wait(fd, waiting, patience));
    if (IsStill(fd, file)) return fd;
  }
}

}  // namespace kernelevolve
