// What a kernel's process does and holds while nobody calls it.
#pragma once

#include "worker/judge/checks.h"
#include "worker/judge/session.h"

namespace kernelevolve::worker {

// DELEGATION if it holds code from a library that is not the language's own, SABOTAGE
// if calls have changed what is the caller's.
Verdictless ProbeHoldings(Session& session, const CheckSet& checks);

// These, and ASYNC_ESCAPE if it uses CPU time between calls.
Verdictless ProbeIdle(Session& session, const CheckSet& checks);

}  // namespace kernelevolve::worker
