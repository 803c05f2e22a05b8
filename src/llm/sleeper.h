// Sleeper: waiting as a parameter, so that tests of back-off take no time.
#pragma once

#include <algorithm>
#include <chrono>
#include <thread>

#include "base/clock.h"
#include "base/stop.h"

namespace kernelevolve {

// Thread-safe.
class Sleeper {
 public:
  virtual ~Sleeper() = default;
  // False if `stop` was requested before the time was over.
  virtual bool Sleep(Clock::Duration duration, const StopCondition& stop) = 0;
};

class SystemSleeper : public Sleeper {
 public:
  bool Sleep(Clock::Duration duration, const StopCondition& stop) override {
    // How late a stop is noticed at most.
    constexpr std::chrono::milliseconds kSlice{50};
    const auto end = std::chrono::steady_clock::now() + duration;
    while (!stop.requested()) {
      const auto left = end - std::chrono::steady_clock::now();
      if (left <= Clock::Duration::zero()) return true;
      std::this_thread::sleep_for(std::min<Clock::Duration>(left, kSlice));
    }
    return false;
  }
};

}  // namespace kernelevolve
