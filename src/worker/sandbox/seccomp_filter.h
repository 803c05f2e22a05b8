// The system-call filters, compiled once per worker with libseccomp and handed
// to children as plain BPF.
//
// Three answers: a call that computing needs passes; a harmless one that it
// does not need (socket, fork of a candidate) fails with EPERM; an attack
// (ptrace, mount, bpf, …) kills the process with SIGSYS.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "worker/sandbox/sandbox.h"

namespace kernelevolve::worker {

using FilterCode = std::vector<sock_filter>;

Result<FilterCode> CompileFilter(SyscallProfile profile);

// The run filter lets execve through only if its path stands at this address;
// the real address, chosen per launch, is put in with BindExecAddress.
inline constexpr uint64_t kExecPlaceholder = 0x2b7e151628aed000;
// kBroken if the filter does not hold the placeholder.
Status BindExecAddress(FilterCode& filter, uint64_t address);

}  // namespace kernelevolve::worker
