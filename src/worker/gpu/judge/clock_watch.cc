#include "worker/gpu/judge/clock_watch.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve::worker::gpu {
namespace {

struct NamedReason {
  ClockReason bit;
  const char* words;
  bool worthless;  // times under it say nothing
};

constexpr NamedReason kReasons[] = {
    {kClockPowerCap, "the power cap", false},
    {kClockSyncBoost, "another device in step", false},
    {kClockDisplay, "the display's clocks", false},
    {kClockHardwareSlowdown, "a slowdown of the hardware", true},
    {kClockSoftwareThermal, "heat (the driver)", true},
    {kClockHardwareThermal, "heat (the hardware)", true},
    {kClockPowerBrake, "the power brake", true}};

uint64_t ReasonsOf(const std::vector<DeviceState>& seen) {
  uint64_t reasons = 0;
  for (const DeviceState& state : seen) reasons |= state.reasons;
  return reasons;
}

std::string Names(uint64_t reasons, bool worthless_alone) {
  std::vector<std::string> names;
  for (const NamedReason& reason : kReasons)
    if ((reasons & reason.bit) && (reason.worthless || !worthless_alone))
      names.push_back(reason.words);
  return Join(names, ", ");
}

// "1980", "1965 to 1980".
template <typename Member>
std::string Range(const std::vector<DeviceState>& seen, Member member) {
  const auto [low, high] = std::minmax_element(
      seen.begin(), seen.end(), [member](const auto& a, const auto& b) {
        return a.*member < b.*member;
      });
  const std::string least = format("{:.0f}", static_cast<double>(*low.*member));
  const std::string most = format("{:.0f}", static_cast<double>(*high.*member));
  return least == most ? most : least + " to " + most;
}

// An idle device shows clocks that nothing was timed at.
std::vector<DeviceState> AtWork(const std::vector<DeviceState>& seen) {
  std::vector<DeviceState> working;
  for (const DeviceState& state : seen)
    if (!(state.reasons & kClockIdle)) working.push_back(state);
  return working.empty() ? seen : working;
}

}  // namespace

std::string HeldBack(const std::vector<DeviceState>& seen) {
  return Names(ReasonsOf(seen), /*worthless_alone=*/true);
}

std::string ClockNote(const std::vector<DeviceState>& seen) {
  const std::vector<DeviceState> states = AtWork(seen);
  std::string note = format("clocks {}/{} MHz", Range(states, &DeviceState::sm_mhz),
                            Range(states, &DeviceState::memory_mhz));
  if (states[0].celsius > 0)
    note += format(", {} C", Range(states, &DeviceState::celsius));
  if (states[0].watts > 0)
    note += format(", {} W", Range(states, &DeviceState::watts));
  const uint64_t reasons = ReasonsOf(seen);
  const std::string names = Names(reasons, /*worthless_alone=*/false);
  note += names.empty() ? "; not throttled" : "; throttled by " + names;
  if (reasons & kClockSetting) note += "; fixed by a setting";
  return note;
}

std::vector<EnvironmentFact> DeviceFacts(const std::vector<DeviceState>& seen,
                                         int strangers) {
  if (seen.empty()) return {};
  const std::vector<DeviceState> states = AtWork(seen);
  std::vector<EnvironmentFact> facts = {
      {"gpu_sm_mhz", Range(states, &DeviceState::sm_mhz)},
      {"gpu_memory_mhz", Range(states, &DeviceState::memory_mhz)}};
  if (states[0].celsius > 0)
    facts.push_back({"gpu_celsius", Range(states, &DeviceState::celsius)});
  if (states[0].watts > 0)
    facts.push_back({"gpu_watts", Range(states, &DeviceState::watts)});
  const std::string throttled =
      Names(ReasonsOf(seen), /*worthless_alone=*/false);
  facts.push_back({"gpu_throttled_by",
                   throttled.empty() ? "none" : throttled});
  facts.push_back({"gpu_strangers", static_cast<double>(strangers)});
  return facts;
}

std::vector<EnvironmentFact> ClockWatch::Facts() const {
  return DeviceFacts(seen_, strangers_);
}

void ClockWatch::Look() {
  if (!monitor_) return;
  if (const auto state = monitor_->Read()) seen_.push_back(*state);
  strangers_ = std::max(strangers_, monitor_->Strangers());
}

std::vector<std::string> ClockWatch::Notes() const {
  std::vector<std::string> notes;
  notes.push_back(seen_.empty() ? "the device's clocks were not seen"
                                : ClockNote(seen_));
  if (strangers_ > 0)
    notes.push_back(format("{} other process{} used the device meanwhile", strangers_,
                           strangers_ == 1 ? "" : "es"));
  return notes;
}

}  // namespace kernelevolve::worker::gpu
