// OutsideClock: times calls of a process that is not believed, by what it cannot
// reach: our clock, and when the values are in the outputs.
//
// A window begins before the call's inputs are where the process can read them
// and ends after its outputs were read whole. What the window takes without a
// kernel is measured on a trusted process that does nothing, and subtracted. The
// candidate's process can make its time longer, never shorter.
#pragma once

#include <functional>
#include <vector>

#include "worker/gpu/judge/gpu_session.h"
#include "worker/gpu/launcher/kernel_process.h"

namespace kernelevolve::worker::gpu {

// A timed call.
struct OutsideTime {
  double us = 0;         // the window less an empty one
  double claim_us = 0;   // by the process's own events
  uint64_t digest = 0;   // of the outputs when the clock stopped
};

// The figure of one call from its window: never less than the launch of a
// kernel, nor than a twentieth of what was measured. Pure.
double LessEmpty(double window_us, double empty_us, double launch_us);

// Whether events of the process say what our clock cannot have seen: less than
// half of it, beyond what scheduling explains. Pure.
bool IsFalseClaim(std::vector<double> claims_us, std::vector<double> ours_us);

// Whether what was measured beside another process is beyond what the processes'
// turns on the device and its clock frequency explain. Pure.
bool IsHeldUp(double beside_us, double alone_us);

double Median(std::vector<double> values);  // 0 of none

// One shape after the other; one thread, which has the context.
class OutsideClock {
 public:
  struct Parts {
    const Driver& driver;
    const Task& task;
    TaskMemory& memory;
    TaskMemory& staged;    // inputs before they are shown; from Stage()
    KernelProcess& twin;   // runs EmptyHostCode
    const LentMemory& flush;
    double launch_us = 0;  // of one empty kernel
  };
  // Writes inputs into the memory that it is given.
  using Draw = std::function<Status(TaskMemory& staged)>;

  explicit OutsideClock(const Parts& parts) : parts_(parts) {}

  // Memory for inputs that nobody borrows; constant ones need none.
  static Result<std::unique_ptr<TaskMemory>> Stage(const Driver& driver,
                                                   int device, const Task& task,
                                                   const TaskMemory& memory);

  // After a kernel was bound where the slots are now.
  Status Start(GpuSession& session, uint64_t flush_bytes, const Draw& draw);
  // One call with new inputs; the outputs hold poison.
  Verdictless Time(GpuSession& session, const Draw& draw,
                   std::chrono::nanoseconds limit, OutsideTime* time);
  // After the last use of a call's inputs: whether they are what was delivered.
  Result<bool> InputsIntact(GpuSession& session) const;
  double empty_us() const;

 private:
  Status MeasureEmpty(GpuSession& session);
  Verdictless Window(GpuSession& session, KernelProcess& process,
                     std::chrono::nanoseconds limit, double* window_us,
                     OutsideTime* time);
  // Inputs to their places, caches emptied.
  Status Deliver();

  Parts parts_;
  uint64_t flush_bytes_ = 0;
  uint32_t pattern_ = 0;
  uint64_t constants_ = 0;  // digest of the constant inputs
  std::vector<double> empty_;  // windows of the twin at this shape
};

}  // namespace kernelevolve::worker::gpu
