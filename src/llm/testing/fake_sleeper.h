// FakeSleeper: does not sleep, but moves a FakeClock and remembers the waits.
#pragma once

#include <functional>
#include <vector>

#include "base/testing/fake_clock.h"
#include "llm/sleeper.h"

namespace kernelevolve {

// Used by one thread.
class FakeSleeper : public Sleeper {
 public:
  explicit FakeSleeper(FakeClock& clock) : clock_(clock) {}
  bool Sleep(Clock::Duration duration, const StopCondition& stop) override {
    if (stop.requested()) return false;
    waits_.push_back(std::chrono::duration<double>(duration).count());
    clock_.Advance(duration);
    if (after_) after_();
    return true;
  }
  // Called after every wait.
  void set_after(std::function<void()> after) { after_ = std::move(after); }
  const std::vector<double>& waits() const { return waits_; }  // seconds

 private:
  FakeClock& clock_;
  std::vector<double> waits_;
  std::function<void()> after_;
};

}  // namespace kernelevolve
