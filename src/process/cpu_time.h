// What processors have worked for a process.
#pragma once

#include <sys/types.h>

namespace kernelevolve {

// Seconds, of the process and of all its descendants that have ended and were
// waited for; 0 where it is gone.
double CpuSeconds(pid_t process);

}  // namespace kernelevolve
