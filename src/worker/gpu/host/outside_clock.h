// OutsideClock: times calls of a process that is not believed, by what it cannot
// reach: our clock, and when the values are in the outputs.
//
// A window begins before the call's inputs are where the process can read them
// and ends after its outputs were read whole. What the window takes without a
// kernel is measured on a trusted process that does nothing, and subtracted: no
// more than it took on a device on which no candidate worked. The candidate's
// process sleeps until the inputs are there and the caches empty, so that what it
// can start before it is asked hides at most what asking takes.
#pragma once

#include <functional>
#include <vector>

#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/launcher/kernel_process.h"

namespace kernelevolve::worker::gpu {

// A timed call.
struct OutsideTime {
  double us = 0;         // the window less an empty one of a quiet device
  // Less the empty one just before it: what events can be held against while the
  // machine's own load comes and goes.
  double seen_us = 0;
  double claim_us = 0;   // by the process's own events
  double asked_us = 0;   // of the window: from the request to the reply
  uint64_t digest = 0;   // of the outputs when the clock stopped
};

// The figure of one call from its window: never less than the launch of a
// kernel, nor than a twentieth of what was measured. Pure.
double LessEmpty(double window_us, double empty_us, double launch_us);

// Whether events of the process say what our clock cannot have seen: less than
// half of it, beyond what scheduling explains. Pure.
bool IsFalseClaim(const std::vector<double>& claims_us,
                  const std::vector<double>& seen_us);

// One shape after the other; one thread, which has the context.
class OutsideClock {
 public:
  struct Parts {
    const Driver& driver;
    const Task& task;
    KernelProcess& twin;   // runs EmptyHostCode
    const LentMemory& flush;
    double launch_us = 0;  // of one empty kernel
  };
  // Writes inputs that nobody has seen, where the panel reads them.
  using Draw = std::function<Status()>;

  explicit OutsideClock(const Parts& parts) : parts_(parts) {}

  // What an empty call takes at a shape and where the slots are now, while there
  // is no candidate's process.
  Result<double> MeasureQuiet(GpuSession& session, uint64_t flush_bytes);
  KernelProcess& twin() { return parts_.twin; }

  // After a kernel was bound where the slots are now. `quiet_us`: see above.
  Status Start(GpuSession& session, uint64_t flush_bytes, double quiet_us);
  // One call with new inputs; the outputs hold poison.
  Verdictless Time(GpuSession& session, const Draw& draw,
                   std::chrono::nanoseconds limit, OutsideTime* time);
  // What is subtracted. This and the next two: once started.
  double empty_us() const;
  // What empty calls took beside the candidate, and how much of that a process
  // that has been woken takes to be asked and to answer.
  double beside_us() const;
  double asking_us() const;

 private:
  // Prepares the twin and has it called a few times.
  Status Warm(GpuSession& session, uint64_t flush_bytes);
  Status MeasureEmpty(GpuSession& session);
  Verdictless Window(GpuSession& session, KernelProcess& process,
                     std::chrono::nanoseconds limit, double* window_us,
                     OutsideTime* time);
  // Inputs to their places, caches emptied.
  Status Deliver(GpuSession& session);

  Parts parts_;
  uint64_t flush_bytes_ = 0;
  uint32_t pattern_ = 0;
  double quiet_us_ = 0;
  // Windows of the twin at this shape, and their part from its request to its
  // reply.
  std::vector<double> empty_, asking_;
};

}  // namespace kernelevolve::worker::gpu
