// EventClaims: whether the events between which a launcher times a call tell the
// truth. They live in the context of the candidate's kernels; the host's clock
// does not.
//
// The host's time begins when the flush has been issued and ends when the device
// is idle, so it holds what is left of the flush, the call, and the wait. An empty
// call holds the rest. Only settled calls are comparable (TimeRequest): a device
// that comes from another process's work changes over first. Whatever the candidate makes slow is between the events as
// well: honest ones are never much below the difference.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/gpu/launcher/launcher_messages.h"
#include "worker/run/failure.h"

namespace kernelevolve::worker::gpu {

// One process at one shape; one thread.
class EventClaims {
 public:
  // `empty`: settled calls of nothing behind the same flush, made before the
  // kernel was bound in that process.
  void Start(const std::vector<TimeSample>& empty);
  // A settled call of the kernel.
  void Add(const TimeSample& call);
  // CLOCK_TAMPER if in most calls the events lose a quarter of what the host saw,
  // beyond what scheduling explains.
  std::optional<Failure> Check(const std::string& shape) const;

 private:
  std::optional<double> empty_us_;  // median; nullopt: nothing is known
  int calls_ = 0, false_ = 0;
  double claimed_us_ = 0, seen_us_ = 0;  // of the last false one
};

}  // namespace kernelevolve::worker::gpu
