// What a kernel's process does and holds while nobody calls it.
#pragma once

#include "worker/judge/checks.h"
#include "worker/judge/session.h"

namespace kernelevolve::worker {

// DELEGATION if it holds code from a library that is not the language's own, SABOTAGE
// if calls have changed what is the caller's.
Verdictless ProbeHoldings(Session& session, const CheckSet& checks);

// These, and ASYNC_ESCAPE if it uses CPU time between calls: much of it, or, at a
// second look, a little. Before timing the first will do: what is done ahead of a timed
// call has a name of its own.
enum class IdleLook { kAtMuch, kAtLittle };
Verdictless ProbeIdle(Session& session, const CheckSet& checks, IdleLook look);

}  // namespace kernelevolve::worker
