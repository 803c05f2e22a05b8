// What a timed call finds in the caches.
#pragma once

#include "worker/judge/session.h"

namespace kernelevolve::worker {

// Cold: nothing of the operands, nor of the large blocks that ke_setup left. Hot:
// the operands, in a cache that the cores share at best. The process is paused
// before and after.
Verdictless SettleCaches(Session& session, bool cold);

}  // namespace kernelevolve::worker
