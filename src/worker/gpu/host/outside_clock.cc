#include "worker/gpu/host/outside_clock.h"

#include <algorithm>

#include "base/format.h"
#include "worker/gpu/driver/cuda_error.h"

namespace kernelevolve::worker::gpu {
namespace {

using Steady = std::chrono::steady_clock;

constexpr int kFirstEmpties = 7;
constexpr std::chrono::seconds kTwinLimit{10};
// A process that the system did not run at once.
constexpr double kScheduledUs = 60;

Status Check(const Driver& driver, CuResult code, const std::string& what) {
  if (code == kCudaSuccess) return {};
  return Fail(ToError(driver, {code, what}));
}

}  // namespace

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  const auto middle = values.begin() + static_cast<int64_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

bool IsHeldUp(double beside_us, double alone_us) {
  constexpr double kTimes = 1.5, kTurnUs = 10;
  return alone_us > 0 && beside_us > kTimes * alone_us + kTurnUs;
}

double LessEmpty(double window_us, double empty_us, double launch_us) {
  constexpr double kLeast = 0.05;
  return std::max({window_us - empty_us + launch_us, launch_us,
                   kLeast * window_us});
}

bool IsFalseClaim(std::vector<double> claims_us, std::vector<double> ours_us) {
  if (claims_us.empty() || ours_us.empty()) return false;
  return Median(std::move(claims_us)) <
         0.5 * Median(std::move(ours_us)) - kScheduledUs;
}

Result<std::unique_ptr<TaskMemory>> OutsideClock::Stage(
    const Driver& driver, int device, const Task& task, const TaskMemory& memory) {
  auto staged = std::make_unique<TaskMemory>();
  for (size_t i = 0; i < task.inputs.size(); ++i) {
    Slot slot;
    if (!task.inputs[i].constant) {
      ASSIGN_OR_RETURN(slot.memory,
                       LentMemory::Create(driver, device,
                                          memory.inputs[i].memory->bytes()));
    }
    staged->inputs.push_back(std::move(slot));
  }
  return staged;
}

Status OutsideClock::Start(GpuSession& session, uint64_t flush_bytes,
                           const Draw& draw) {
  flush_bytes_ = flush_bytes;
  empty_.clear();
  for (size_t i = 0; i < parts_.memory.inputs.size(); ++i) {
    parts_.staged.inputs[i].offset = parts_.memory.inputs[i].offset;
    parts_.staged.inputs[i].bytes = parts_.memory.inputs[i].bytes;
  }
  RETURN_IF_ERROR(draw(parts_.staged));
  ASSIGN_OR_RETURN(constants_,
                   session.InputDigest(parts_.memory.inputs, /*constant=*/true));
  const ShapePlan nothing;
  const std::vector<std::string> no_modules;
  const BindRequest places = parts_.memory.Places();
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
  OutsideTime ignored;
  ASSIGN_OR_RETURN(const auto failed,
                   Window(session, parts_.twin, kTwinLimit, &window, &ignored));
  if (failed) return Broken("an empty call failed: " + failed->message);
  empty_.push_back(window);
  return {};
}

Result<bool> OutsideClock::InputsIntact(GpuSession& session) const {
  ASSIGN_OR_RETURN(const uint64_t constants,
                   session.InputDigest(parts_.memory.inputs, true));
  ASSIGN_OR_RETURN(const uint64_t found,
                   session.InputDigest(parts_.memory.inputs, false));
  ASSIGN_OR_RETURN(const uint64_t delivered,
                   session.InputDigest(parts_.staged.inputs, false));
  return constants == constants_ && found == delivered;
}

double OutsideClock::empty_us() const { return Median(empty_); }

Verdictless OutsideClock::Time(GpuSession& session, const Draw& draw,
                               std::chrono::nanoseconds limit,
                               OutsideTime* time) {
  // Before the new values exist: a window shows the staged inputs.
  RETURN_IF_ERROR(MeasureEmpty(session));
  RETURN_IF_ERROR(draw(parts_.staged));
  double window = 0;
  RETURN_IF_FAILED(Window(session, session.process(), limit, &window, time));
  time->us = LessEmpty(window, empty_us(), parts_.launch_us);
  return std::nullopt;
}

Verdictless OutsideClock::Window(GpuSession& session, KernelProcess& process,
                                 std::chrono::nanoseconds limit,
                                 double* window_us, OutsideTime* time) {
  const auto start = Steady::now();
  RETURN_IF_ERROR(Deliver());
  double claim_ns = 0;
  RETURN_IF_FAILED(process.Run(limit, &claim_ns));
  ASSIGN_OR_RETURN(time->digest, session.Digest());
  *window_us =
      std::chrono::duration<double, std::micro>(Steady::now() - start).count();
  time->claim_us = claim_ns * 1e-3;
  return std::nullopt;
}

Status OutsideClock::Deliver() {
  const Driver& driver = parts_.driver;
  for (size_t i = 0; i < parts_.memory.inputs.size(); ++i) {
    if (parts_.task.inputs[i].constant) continue;
    RETURN_IF_ERROR(Check(
        driver,
        driver.MemcpyDtoDAsync(parts_.memory.inputs[i].payload(),
                               parts_.staged.inputs[i].payload(),
                               parts_.memory.inputs[i].bytes, nullptr),
        "showing a call's inputs"));
  }
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
