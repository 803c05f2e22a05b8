// What a kernel's process does and holds while nobody calls it.
#pragma once

#include "worker/judge/checks.h"
#include "worker/judge/session.h"

namespace kernelevolve::worker {

// ASYNC_ESCAPE if it uses CPU time between calls, DELEGATION if it runs code from
// a library that is not the language's own, SABOTAGE if calls have changed what is
// the caller's.
Verdictless ProbeIdle(Session& session, const CheckSet& checks);

}  // namespace kernelevolve::worker
