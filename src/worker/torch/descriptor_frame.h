// A frame that brings a descriptor along (SCM_RIGHTS).
#pragma once

#include "base/json.h"

namespace kernelevolve::worker {

// wire/frame.h's frame over a unix socket, with a duplicate of `descriptor`
// beside its first bytes. Blocks. kInfrastructure when the peer is gone.
Status WriteFrameWithDescriptor(int socket, const Json& message,
                                int descriptor);

}  // namespace kernelevolve::worker
