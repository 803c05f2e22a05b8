// HostClock: what the clock of one task's candidates in tier H stands on, kept
// from candidate to candidate.
#pragma once

#include <memory>

#include "worker/gpu/host/host_processes.h"
#include "worker/gpu/host/outside_clock.h"
#include "worker/gpu/judge/quiet_device.h"

namespace kernelevolve::worker::gpu {

// One per task; one thread, which has the context.
class HostClock {
 public:
  struct Parts {
    const Driver& driver;
    HostSpare& spare;
    const Task& task;
    TaskMemory& memory;
    const LentMemory& flush;
    double launch_us;
  };
  // Starts the trusted process that does nothing, unless it runs. The clock
  // lives as long as this, or until Forget().
  Result<OutsideClock> Make(const Parts& parts);
  // Memory that was lent has been replaced.
  void Forget() { twin_.reset(); }
  // Times of this device without a candidate, by shape.
  QuietRecord& quiet() { return quiet_; }

 private:
  std::unique_ptr<HostProcess> twin_;
  QuietRecord quiet_;
};

}  // namespace kernelevolve::worker::gpu
