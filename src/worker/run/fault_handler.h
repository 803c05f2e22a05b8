// Leaves a note in the mailbox when the kernel faults, so that the judge can
// tell a hit on a guard page from a write to an input from a plain crash. The
// runner is pid 1 of its namespace, where a default-action signal it sends to
// itself (abort) would be ignored: the handler ends the process instead.
#pragma once

#include "worker/run/mailbox.h"

namespace kernelevolve::worker {

void InstallFaultHandler(Mailbox* mailbox);

}  // namespace kernelevolve::worker
