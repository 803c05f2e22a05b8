// File descriptors between two processes, over the socket that carries their
// frames. A frame says that one follows; then it comes with a byte of its own.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve::worker::gpu {

Status SendDescriptor(int socket, int descriptor);
// Blocks, at most `timeout_ms`. Close-on-exec.
Result<Fd> ReceiveDescriptor(int socket, int timeout_ms);

}  // namespace kernelevolve::worker::gpu
