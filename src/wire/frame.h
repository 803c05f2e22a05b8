// Frames between engine and worker, and between worker and its children's
// trusted part: a 4-byte little-endian length, then that many bytes of JSON.
// docs/worker-protocol.md is the specification.
#pragma once

#include <string>

#include "base/json.h"

namespace kernelevolve {

inline constexpr uint32_t kMaxFrameBytes = 64u << 20;

// Blocks. kInfrastructure when the peer is gone.
Status WriteFrame(int fd, const Json& message);
// The same over a unix socket, with a duplicate of `descriptor` beside the
// frame's first bytes.
Status WriteFrameWithDescriptor(int socket, const Json& message,
                                int descriptor);
// Blocks until a whole frame is there, `timeout_ms` passes (-1 = never), or the
// peer is gone (kInfrastructure, "closed"). A frame that is too large or is not
// JSON is kBadInput: the peer is not to be trusted further.
Result<Json> ReadFrame(int fd, int timeout_ms = -1);

}  // namespace kernelevolve
