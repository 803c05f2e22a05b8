// Two connected sockets: one for us, one for a child.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve {

struct SocketPair {
  Fd ours, theirs;  // a stream each, close-on-exec
};

Result<SocketPair> MakeSocketPair();

}  // namespace kernelevolve
