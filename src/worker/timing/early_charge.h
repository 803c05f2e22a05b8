// EarlyCharge: what a kernel does beside the clock is added to its time. Pure.
//
// A process that has been woken runs some microseconds before the clock does, and
// as many after it. What it uses there of the CPU, beyond what a baseline uses at
// the same shape in the same round, may be work.
#pragma once

#include <cstddef>
#include <vector>

namespace kernelevolve::worker {

// Nanoseconds.
struct ClockedCall {
  double elapsed = 0;
  double beside = 0;  // CPU time beside the clock
};

// Calls of one side at one shape, in one round of processes.
struct ClockedSide {
  std::vector<ClockedCall> calls;
  // Each thread is stopped and continued at a price of its own.
  size_t threads = 1;
};

class EarlyCharge {
 public:
  // `baselines`: of whom a usual call is learned.
  explicit EarlyCharge(const std::vector<ClockedSide>& baselines);

  // What is to be added to each call of a side, nanoseconds. Baselines are
  // charged by the same rule.
  std::vector<double> Of(const ClockedSide& side) const;

 private:
  bool known_ = false;
  double usual_ = 0;  // median
  double most_ = 0;   // of nine calls in ten
};

}  // namespace kernelevolve::worker
