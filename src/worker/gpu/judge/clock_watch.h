// ClockWatch: whether a device ran freely while it was timed. A device that is
// too hot, or gets too little power, takes its clocks back and says so nowhere
// but here.
#pragma once

#include <string>
#include <vector>

#include "core/evaluation.h"
#include "worker/gpu/driver/device_monitor.h"

namespace kernelevolve::worker::gpu {

// Names of the reasons that make times worthless: heat and the hardware's own
// brakes, which come and go by themselves. "" if there was none. The power cap is
// none of them: it is the work's own doing and lasts as long as the work, so that
// candidate and panel, call by call in turns, meet the same clocks. Pure.
std::string HeldBack(const std::vector<DeviceState>& seen);

std::vector<EnvironmentFact> DeviceFacts(const std::vector<DeviceState>& seen,
                                         int strangers);

// "clocks 1965 to 1980/3201 MHz, 54 C, 410 W; not throttled". Pure.
std::string ClockNote(const std::vector<DeviceState>& seen);

// One measurement; one thread.
class ClockWatch {
 public:
  // A null monitor sees nothing.
  explicit ClockWatch(const DeviceMonitor* monitor) : monitor_(monitor) {}

  void Forget() { seen_.clear(); strangers_ = 0; }
  // Between timed calls, while the device is still at its clocks.
  void Look();

  std::string held_back() const { return HeldBack(seen_); }
  std::vector<std::string> Notes() const;
  // The same for the record of the environment; empty where nothing was seen.
  std::vector<EnvironmentFact> Facts() const;

 private:
  const DeviceMonitor* monitor_;
  std::vector<DeviceState> seen_;
  int strangers_ = 0;  // the most at a time
};

}  // namespace kernelevolve::worker::gpu
