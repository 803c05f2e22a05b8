// Turns a CUDA kernel's library into a launch plan, where no device is.
#pragma once

#include <chrono>

#include "worker/record/record_reply.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

// Host code that takes longer than this to start its kernels is no host code.
inline constexpr std::chrono::seconds kRecordTimeout{20};

// Runs the library's host code in a sandboxed process of `worker_binary`, over
// a CUDA runtime that only takes notes. `request` is that of all recorders. Its
// death, its silence and its refusals are the kernel's failures.
Verdictless RecordCuda(Sandbox& sandbox, const fs::path& worker_binary,
                       const fs::path& library, const Json& request,
                       RecordedKernel* out,
                       std::chrono::milliseconds limit = kRecordTimeout);

}  // namespace kernelevolve::worker
