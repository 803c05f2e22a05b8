// Two connected sockets: one for us, one for a child.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve {

struct SocketPair {
  Fd ours, theirs;  // a stream each, close-on-exec
};

Result<SocketPair> MakeSocketPair();

// Whether there is something to read, the end included, within `timeout_ms`
// (-1 = whenever).
bool AwaitReadable(int fd, int timeout_ms);

}  // namespace kernelevolve
