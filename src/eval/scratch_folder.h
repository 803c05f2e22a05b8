// ScratchFolder: a temporary folder that its successors clean up after a SIGKILL.
#pragma once

#include "base/fd.h"
#include "base/file.h"

namespace kernelevolve {

// Removed with its contents when destroyed. A lock in it, which the kernel lets
// go of when the process dies, tells the living from the dead.
class ScratchFolder {
 public:
  // In the system's temporary folder; removes what dead processes of this user
  // left there.
  static Result<ScratchFolder> Create();
  const fs::path& path() const { return folder_.path(); }

 private:
  ScratchFolder(TempFolder folder, Fd lock)
      : lock_(std::move(lock)), folder_(std::move(folder)) {}
  Fd lock_;
  TempFolder folder_;  // last: removed while the lock is still held
};

}  // namespace kernelevolve
