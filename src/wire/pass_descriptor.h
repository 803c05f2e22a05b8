// File descriptors between two processes, over the unix socket that carries
// their frames (SCM_RIGHTS).
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve {

// Sends the first of `bytes` (at least one) with a duplicate of `descriptor`
// and says how many went out. Blocks. kInfrastructure when the peer is gone.
Result<size_t> SendWithDescriptor(int socket, std::string_view bytes,
                                  int descriptor);

// For peers that read frames by themselves: a frame announces the descriptor,
// which then comes with a byte of its own.
Status SendDescriptor(int socket, int descriptor);
// Blocks, at most `timeout_ms`. Close-on-exec.
Result<Fd> ReceiveDescriptor(int socket, int timeout_ms);

}  // namespace kernelevolve
