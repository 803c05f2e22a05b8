// The runner: the process that loads a kernel. It is started inside the sandbox
// as `kernelevolve-worker runner` with the descriptors of run/binding.h, maps
// what it is lent, and calls the kernel when the mailbox says so. From the
// moment the kernel's library is loaded, nothing this process says is trusted.
#pragma once

#include <string>
#include <vector>

namespace kernelevolve::worker {

// `arguments`: the path of the kernel's library. Never returns to main's caller with anything but an exit code.
int RunnerMain(const std::vector<std::string>& arguments);

}  // namespace kernelevolve::worker
