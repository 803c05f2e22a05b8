// RunLock: at most one process writes to a run folder.
#pragma once

#include "base/fd.h"
#include "base/file.h"

namespace kernelevolve {

// Held while it lives; the kernel lets go of it when the process dies, however
// it dies, so a lock file left behind means nothing.
class RunLock {
 public:
  // kBadInput if another process holds it: names its pid and what to do.
  static Result<RunLock> Take(const fs::path& run_folder);
  // Whether some process holds it now. Without the right to look: true.
  static bool IsHeld(const fs::path& run_folder);

 private:
  explicit RunLock(Fd fd) : fd_(std::move(fd)) {}
  Fd fd_;
};

}  // namespace kernelevolve
