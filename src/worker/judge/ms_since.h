// Wall time of a phase.
#pragma once

#include <chrono>

namespace kernelevolve::worker {

inline double MsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double, std::milli>(
             std::chrono::steady_clock::now() - start)
      .count();
}

}  // namespace kernelevolve::worker
