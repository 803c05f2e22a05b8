// A clock that moves only when told to.
#pragma once

#include "base/clock.h"

namespace kernelevolve {

class FakeClock : public Clock {
 public:
  TimePoint Now() const override { return now_; }
  double WallSeconds() const override {
    return std::chrono::duration<double>(now_.time_since_epoch()).count();
  }
  void Advance(Duration step) { now_ += step; }

 private:
  TimePoint now_{};
};

}  // namespace kernelevolve
