// Whether a process goes on writing after it has said that it is done: what names
// outputs that are wrong for want of waiting.
#pragma once

#include <functional>

#include "worker/gpu/launcher/kernel_process.h"

namespace kernelevolve::worker::gpu {

// `digest` of the outputs was `before` when the call returned. Lets the process
// run for five seconds at most, in which a thread of it can compile a kernel, too.
Result<bool> StillWrites(KernelProcess& process, uint64_t before,
                         const std::function<Result<uint64_t>()>& digest);

}  // namespace kernelevolve::worker::gpu
