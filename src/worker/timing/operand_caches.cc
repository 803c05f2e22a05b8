#include "worker/timing/operand_caches.h"

#include "worker/run/cache.h"

namespace kernelevolve::worker {

Verdictless SettleCaches(Session& session, bool cold) {
  if (cold) RETURN_IF_FAILED(session.process().FlushState());
  for (const Session::Range& range : session.OperandRanges()) {
    if (cold)
      FlushLines(range.data, range.bytes);
    else
      TouchLines(range.data, range.bytes);
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
