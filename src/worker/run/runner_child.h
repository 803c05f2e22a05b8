// The runner: the process that loads a kernel. It is started inside the sandbox
// as `kernelevolve-worker runner` with the descriptors of run/binding.h, maps
// what it is lent, and calls the kernel when the mailbox says so. From the
// moment the kernel's library is loaded, nothing this process says is trusted.
#pragma once

namespace kernelevolve::worker {

// Never returns to main's caller with anything but an exit code.
int RunnerMain();

}  // namespace kernelevolve::worker
