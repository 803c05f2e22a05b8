#include "store/run_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

tl::unexpected<Error> InUse(const fs::path& run_folder, const fs::path& lock) {
  const Result<std::string> contents = ReadFile(lock, 64);
  const std::string pid(contents ? Trim(*contents) : std::string_view());
  if (pid.empty())
    return BadInput(
        format("the run {} is in use by another process. Wait for "
               "it to end, or name another folder with --run",
               run_folder.string()));
  return BadInput(
      format("the run {} is in use by process {}. Wait for it to end, stop it "
             "with: kill -INT {} (it ends cleanly and can be resumed), or name "
             "another folder with --run",
             run_folder.string(), pid, pid));
}

// Twice: IsHeld in another process holds it for an instant.
bool TryLock(int fd) {
  constexpr timespec kInstant{0, 50'000'000};
  if (::flock(fd, LOCK_EX | LOCK_NB) == 0) return true;
  if (errno != EWOULDBLOCK) return false;
  ::nanosleep(&kInstant, nullptr);
  return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

bool RunLock::IsHeld(const fs::path& run_folder) {
  const Fd fd(::open((run_folder / "lock").c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return errno != ENOENT;
  return ::flock(fd.get(), LOCK_SH | LOCK_NB) != 0;
}

Result<RunLock> RunLock::Take(const fs::path& run_folder) {
  const fs::path path = run_folder / "lock";
  Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd)
    return Broken(
        format("cannot write {}: {}. Check that the folder is not "
               "read-only and belongs to you, or name another with "
               "--run",
               path.string(), std::strerror(errno)));
  if (!TryLock(fd.get())) {
    if (errno == EWOULDBLOCK) return InUse(run_folder, path);
    return SystemError(format("cannot lock {}", path.string()));
  }
  // The pid is for people; the lock itself is the kernel's, so a full disk here
  // is no reason to refuse.
  const std::string pid = format("{}\n", ::getpid());
  if (::ftruncate(fd.get(), 0) == 0)
    (void)!::write(fd.get(), pid.data(), pid.size());
  return RunLock(std::move(fd));
}

}  // namespace kernelevolve
