#include "process/cpu_time.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <ctime>

namespace kernelevolve {
namespace {

// Works until this process has used so many seconds.
void Work(double seconds) {
  while (static_cast<double>(std::clock()) / CLOCKS_PER_SEC < seconds) {
  }
}

TEST(CpuTime, CountsWhatChildrenDidOnceTheyWereWaitedFor) {
  const double before = CpuSeconds(::getpid());
  const pid_t child = ::fork();
  if (child == 0) {
    Work(0.2);
    ::_exit(0);
  }
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  const double used = CpuSeconds(::getpid()) - before;
  EXPECT_GE(used, 0.15);
  EXPECT_LT(used, 5);
}

TEST(CpuTime, OfNobodyIsNothing) { EXPECT_EQ(CpuSeconds(-1), 0); }

}  // namespace
}  // namespace kernelevolve
