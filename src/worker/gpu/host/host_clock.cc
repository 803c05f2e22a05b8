#include "worker/gpu/host/host_clock.h"

namespace kernelevolve::worker::gpu {

Result<OutsideClock> HostClock::Make(const Parts& parts) {
  if (!staged_) {
    ASSIGN_OR_RETURN(staged_, OutsideClock::Stage(parts.driver, parts.device,
                                                  parts.task, parts.memory));
  }
  if (!twin_ || !twin_->usable()) {
    ASSIGN_OR_RETURN(twin_, StartHost(parts.options, parts.task, EmptyHostCode(),
                                      parts.memory, /*permissive=*/false));
  }
  return OutsideClock({parts.driver, parts.task, parts.memory, *staged_, *twin_,
                       parts.flush, parts.launch_us});
}

}  // namespace kernelevolve::worker::gpu
