// For programs that are made to run as the first process of a namespace.
#pragma once

#include <signal.h>
#include <unistd.h>

namespace kernelevolve::worker {

// The kernel ignores a signal that such a process sends to itself and has no
// handler for, so abort() would go on and end in some other signal. After this
// call it ends with a code that the sandbox reports as SIGABRT.
inline void ReportAbort() {
  signal(SIGABRT, [](int number) { _exit(128 + number); });
}

}  // namespace kernelevolve::worker
