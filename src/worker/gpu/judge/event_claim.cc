#include "worker/gpu/judge/event_claim.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr double kLeastShare = 0.75;
// The host spins until the device is done; now and then the system takes its core
// away, but not in most calls.
constexpr double kScheduledUs = 20;

double HostUs(const TimeSample& sample) {
  return static_cast<double>(sample.host_ns) * 1e-3;
}

}  // namespace

void EventClaims::Start(const std::vector<TimeSample>& empty) {
  *this = {};
  if (empty.empty()) return;
  std::vector<double> times;
  for (const TimeSample& sample : empty) times.push_back(HostUs(sample));
  const auto middle = times.begin() + static_cast<int64_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  empty_us_ = *middle;
}

void EventClaims::Add(const TimeSample& call) {
  if (!empty_us_) return;
  ++calls_;
  const double seen = HostUs(call) - *empty_us_;
  if (call.event_us >= kLeastShare * seen - kScheduledUs) return;
  ++false_;
  claimed_us_ = call.event_us;
  seen_us_ = seen;
}

std::optional<Failure> EventClaims::Check(const std::string& shape) const {
  if (2 * false_ <= calls_) return std::nullopt;
  return Failure{Code::kClockTamper,
                 format("events on the device say {:.1f} us of a call that took {:.1f} "
                        "us by the host's clock, at shape {}", claimed_us_, seen_us_,
                        shape), "clock_claim", ""};
}

}  // namespace kernelevolve::worker::gpu
