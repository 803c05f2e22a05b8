#include "worker/gpu/host/host_clock.h"

namespace kernelevolve::worker::gpu {

Result<OutsideClock> HostClock::Make(const Parts& parts) {
  if (!twin_ || !twin_->usable()) {
    quiet_.clear();  // empty calls were another process's
    ASSIGN_OR_RETURN(twin_, StartHost(parts.spare, parts.task, EmptyHostCode(),
                                      parts.memory, HostKind{}));
  }
  return OutsideClock({parts.driver, parts.task, *twin_, parts.flush,
                       parts.launch_us});
}

}  // namespace kernelevolve::worker::gpu
