#include "worker/timing/operand_caches.h"

#include "worker/timing/cache.h"

namespace kernelevolve::worker {

void SettleOperands(const Session& session, bool cold) {
  for (const Session::Range& range : session.OperandRanges()) {
    if (cold)
      FlushLines(range.data, range.bytes);
    else
      TouchLines(range.data, range.bytes);
  }
}

}  // namespace kernelevolve::worker
