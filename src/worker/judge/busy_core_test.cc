#include "worker/judge/busy_core.h"

#include <gtest/gtest.h>
#include <time.h>

#include <chrono>

namespace kernelevolve::worker {
namespace {

double CpuSeconds() {
  timespec used;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return static_cast<double>(used.tv_sec) + 1e-9 * static_cast<double>(used.tv_nsec);
}

TEST(BusyCore, IsBusyUntilItEnds) {
  const double before = CpuSeconds();
  {
    const BusyCore busy(0);
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (CpuSeconds() < before + 0.02 && std::chrono::steady_clock::now() < deadline)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_GE(CpuSeconds(), before + 0.02);
  }
  const double after = CpuSeconds();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_LT(CpuSeconds(), after + 0.05);
}

}  // namespace
}  // namespace kernelevolve::worker
