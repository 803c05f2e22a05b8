#include "worker/gpu/host/outside_clock.h"

#include <algorithm>

#include "base/format.h"
#include "measure/statistics.h"
#include "worker/gpu/driver/cuda_error.h"

namespace kernelevolve::worker::gpu {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kFirstEmpties = 7;
constexpr std::chrono::seconds kTwinLimit{10};
// A process that the system did not run at once.
constexpr double kScheduledUs = 60;

double MicrosecondsSince(Steady::time_point start) {
  return std::chrono::duration<double, std::micro>(Steady::now() - start).count();
}

Status Check(const Driver& driver, CuResult code, const std::string& what) {
  if (code == kCudaSuccess) return {};
  return Fail(ToError(driver, {code, what}));
}

}  // namespace

double LessEmpty(double window_us, double empty_us, double launch_us) {
  constexpr double kLeast = 0.05;
  return std::max({window_us - empty_us + launch_us, launch_us,
                   kLeast * window_us});
}

bool IsFalseClaim(const std::vector<double>& claims_us,
                  const std::vector<double>& seen_us) {
  if (claims_us.empty() || seen_us.empty()) return false;
  return measure::Median(claims_us) < 0.5 * measure::Median(seen_us) - kScheduledUs;
}

Result<double> OutsideClock::MeasureQuiet(GpuSession& session,
                                          uint64_t flush_bytes) {
  RETURN_IF_ERROR(Warm(session, flush_bytes));
  return beside_us();
}

Status OutsideClock::Start(GpuSession& session, uint64_t flush_bytes,
                           double quiet_us) {
  quiet_us_ = quiet_us;
  return Warm(session, flush_bytes);
}

Status OutsideClock::Warm(GpuSession& session, uint64_t flush_bytes) {
  flush_bytes_ = flush_bytes;
  empty_.clear();
  asking_.clear();
  const ShapePlan nothing;
  const std::vector<std::string> no_modules;
  const BindRequest places = session.memory().Places();
  RETURN_IF_ERROR(session.memory().Show(parts_.driver, parts_.task,
                                         /*constants=*/true));
  ASSIGN_OR_RETURN(const auto failed,
                   parts_.twin.Prepare({session.shape(), nothing, no_modules,
                                        places}, nullptr));
  if (failed) return Broken("an empty call cannot be prepared: " + failed->message);
  for (int call = 0; call < kFirstEmpties; ++call)
    RETURN_IF_ERROR(MeasureEmpty(session));
  empty_.erase(empty_.begin(), empty_.begin() + 2);  // it was cold
  return {};
}

Status OutsideClock::MeasureEmpty(GpuSession& session) {
  double window = 0;
  OutsideTime time;
  ASSIGN_OR_RETURN(const auto failed,
                   Window(session, parts_.twin, kTwinLimit, &window, &time));
  if (failed) return Broken("an empty call failed: " + failed->message);
  empty_.push_back(window);
  asking_.push_back(time.asked_us);
  return {};
}

double OutsideClock::beside_us() const { return measure::Median(empty_); }

double OutsideClock::asking_us() const { return measure::Median(asking_); }

double OutsideClock::empty_us() const { return std::min(quiet_us_, beside_us()); }

Verdictless OutsideClock::Time(GpuSession& session, const Draw& draw,
                               std::chrono::nanoseconds limit,
                               OutsideTime* time) {
  // Before the new values exist: a window shows the inputs.
  RETURN_IF_ERROR(MeasureEmpty(session));
  RETURN_IF_ERROR(draw());
  double window = 0;
  RETURN_IF_FAILED(Window(session, session.process(), limit, &window, time));
  time->us = LessEmpty(window, empty_us(), parts_.launch_us);
  time->seen_us = LessEmpty(window, empty_.back(), parts_.launch_us);
  return std::nullopt;
}

Verdictless OutsideClock::Window(GpuSession& session, KernelProcess& process,
                                 std::chrono::nanoseconds limit,
                                 double* window_us, OutsideTime* time) {
  const auto start = Steady::now();
  RETURN_IF_ERROR(Deliver(session));
  const auto asked = Steady::now();
  // Read before the process is paused, which takes longer where it has threads.
  const auto read = [&]() -> Status {
    time->asked_us = MicrosecondsSince(asked);
    ASSIGN_OR_RETURN(time->digest, session.Digest());
    *window_us = MicrosecondsSince(start);
    return {};
  };
  double claim_ns = 0;
  RETURN_IF_FAILED(process.RunThen(limit, read, &claim_ns));
  time->claim_us = claim_ns * 1e-3;
  return std::nullopt;
}

Status OutsideClock::Deliver(GpuSession& session) {
  const Driver& driver = parts_.driver;
  RETURN_IF_ERROR(session.memory().Show(driver, parts_.task, /*constants=*/false));
  // Lines that a kernel asked the cache to keep; some devices have none.
  (void)driver.CtxResetPersistingL2();
  if (flush_bytes_ >= 4)
    RETURN_IF_ERROR(Check(driver,
                          driver.MemsetD32Async(parts_.flush.address(), ++pattern_,
                                                flush_bytes_ / 4, nullptr),
                          "flushing the caches"));
  return Check(driver, driver.CtxSynchronize(), "a call's inputs");
}

}  // namespace kernelevolve::worker::gpu
