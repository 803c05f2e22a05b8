#include "worker/gpu/judge/late_writes.h"

namespace kernelevolve::worker::gpu {

Result<bool> StillWrites(KernelProcess& process, uint64_t before,
                         const std::function<Result<uint64_t>()>& digest) {
  // Five seconds: what waits on a stream of its own may stand behind what all
  // calls before have put there.
  constexpr int kLooks = 200;
  constexpr std::chrono::milliseconds kPause{25};
  for (int look = 0; look < kLooks; ++look) {
    ASSIGN_OR_RETURN(const uint64_t now, digest());
    if (now != before) return true;
    ASSIGN_OR_RETURN(const auto gone, process.LetRun(kPause));
    if (gone) return false;
  }
  return false;
}

}  // namespace kernelevolve::worker::gpu
