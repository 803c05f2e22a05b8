// What a timed call finds in the caches.
#pragma once

#include "worker/judge/session.h"

namespace kernelevolve::worker {

// Cold: nothing of the operands. Hot: the operands, in a cache that the cores share at
// best.
void SettleOperands(const Session& session, bool cold);

}  // namespace kernelevolve::worker
