// Leaves a note in the mailbox when the kernel faults, so that the judge can
// tell a hit on a guard page from a write to an input from a plain crash. The
// runner is pid 1 of its namespace, where a default-action signal it sends to
// itself (abort) would be ignored: the handler ends the process instead.
#pragma once

#include "worker/run/mailbox.h"

namespace kernelevolve::worker {

void InstallFaultHandler(Mailbox* mailbox);

// From here on nobody in this process takes SIGSEGV or SIGBUS away from it: a
// handler of the kernel's own could step over what hit a guard, or learn from pages
// that it closes who writes to a tensor. The attempt fails with EPERM and is noted.
// Without a sandbox, which grants it, nothing changes.
void KeepFaultHandler();

}  // namespace kernelevolve::worker
