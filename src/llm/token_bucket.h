// TokenBucket: how long to wait so that a rate per minute holds.
#pragma once

#include <algorithm>

#include "base/clock.h"

namespace kernelevolve {

// Used under its owner's lock. What is taken beyond the level is a debt: later
// takers wait behind it, in the order of their coming.
class TokenBucket {
 public:
  // `capacity` may be taken at once.
  TokenBucket(double per_minute, double capacity, Clock::TimePoint now)
      : per_second_(per_minute / 60),
        capacity_(std::max(1.0, capacity)),
        level_(capacity_),
        last_(now) {}

  Clock::Duration Take(double amount, Clock::TimePoint now) {
    const double passed = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    level_ = std::min(capacity_, level_ + passed * per_second_) - amount;
    if (level_ >= 0) return Clock::Duration::zero();
    return std::chrono::duration_cast<Clock::Duration>(
        std::chrono::duration<double>(-level_ / per_second_));
  }

 private:
  double per_second_, capacity_, level_;
  Clock::TimePoint last_;
};

}  // namespace kernelevolve
