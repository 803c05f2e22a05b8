// Time as a parameter: whatever waits, times out or stamps gets a Clock.
#pragma once

#include <chrono>

namespace kernelevolve {

// Thread-safe.
class Clock {
 public:
  using Duration = std::chrono::nanoseconds;
  using TimePoint = std::chrono::time_point<std::chrono::steady_clock, Duration>;

  virtual ~Clock() = default;
  // Monotonic; comparable within one process only.
  virtual TimePoint Now() const = 0;
  // Seconds since the Unix epoch, for records that people read.
  virtual double WallSeconds() const = 0;
};

class SystemClock : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }
  double WallSeconds() const override {
    return std::chrono::duration<double>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
  }
};

inline double SecondsSince(const Clock& clock, Clock::TimePoint start) {
  return std::chrono::duration<double>(clock.Now() - start).count();
}
inline double MillisecondsSince(const Clock& clock, Clock::TimePoint start) {
  return 1e3 * SecondsSince(clock, start);
}

}  // namespace kernelevolve
