#include "worker/timing/canary.h"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>

#include "worker/timing/lane.h"

namespace kernelevolve::worker {
namespace {

using Steady = std::chrono::steady_clock;

// Each step needs the last one's result: nothing can be done side by side.
uint64_t Chain(uint64_t value) {
  constexpr int kSteps = 50'000;
  for (int i = 0; i < kSteps; ++i)
    value = value * 6364136223846793005u + 1442695040888963407u;
  return value;
}

}  // namespace

double CanaryUs(int cpu) {
  constexpr int kTries = 30;
  const PinnedThread pinned(cpu);
  double least = std::numeric_limits<double>::infinity();
  // Read and written, so that no compiler knows the answer.
  volatile uint64_t value = 1;
  for (int i = 0; i < kTries; ++i) {
    const auto start = Steady::now();
    value = Chain(value);
    const std::chrono::duration<double, std::micro> took = Steady::now() - start;
    least = std::min(least, took.count());
  }
  return least;
}

}  // namespace kernelevolve::worker
