#include "worker/run/thread_hold.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <new>

namespace kernelevolve::worker {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct Counters {
  std::atomic<uint64_t> first{0}, other{0};
};

// A child of two threads that count.
class ThreadHoldTest : public ::testing::Test {
 protected:
  void SetUp() override {
    void* page = mmap(nullptr, 4096, PROT_READ | PROT_WRITE,
                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT_NE(page, MAP_FAILED);
    counters_ = new (page) Counters();
    child_ = fork();
    if (child_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      std::thread other([this] { Count(counters_->other); });
      Count(counters_->first);
    }
    ASSERT_GT(child_, 0);
    ASSERT_TRUE(Moves(counters_->first) && Moves(counters_->other));
  }
  void TearDown() override {
    if (counters_) munmap(counters_, 4096);
    if (child_ <= 0) return;
    kill(child_, SIGKILL);
    waitpid(child_, nullptr, 0);
  }

  [[noreturn]] static void Count(std::atomic<uint64_t>& counter) {
    while (true) counter.fetch_add(1);
  }

  // Gives up after a generous while.
  static bool Moves(const std::atomic<uint64_t>& counter) {
    const uint64_t before = counter.load();
    for (int i = 0; i < 20'000 && counter.load() == before; ++i)
      std::this_thread::sleep_for(milliseconds(1));
    return counter.load() != before;
  }

  // Gives up after a generous while.
  static bool Holds(const ThreadHold& hold) {
    for (int i = 0; i < 20'000 && !hold.holds(); ++i)
      std::this_thread::sleep_for(milliseconds(1));
    return hold.holds();
  }

  Counters* counters_ = nullptr;
  pid_t child_ = -1;
};

TEST_F(ThreadHoldTest, HoldsAThreadButTheFirst) {
  ThreadHold hold(child_);
  hold.Begin(milliseconds(0), seconds(60), 0);
  ASSERT_TRUE(Holds(hold));
  const uint64_t before = counters_->other.load();
  EXPECT_TRUE(Moves(counters_->first));
  EXPECT_EQ(counters_->other.load(), before);
  EXPECT_TRUE(hold.Release());
  EXPECT_TRUE(Moves(counters_->other));
}

TEST_F(ThreadHoldTest, NotForEver) {
  ThreadHold hold(child_);
  hold.Begin(milliseconds(0), milliseconds(500), 0);
  ASSERT_TRUE(Holds(hold));
  for (int i = 0; i < 20'000 && hold.holds(); ++i)
    std::this_thread::sleep_for(milliseconds(1));
  EXPECT_TRUE(Moves(counters_->other));
  EXPECT_FALSE(hold.Release());
}

TEST_F(ThreadHoldTest, ReleasedBeforeItBeginsItHoldsNone) {
  ThreadHold hold(child_);
  EXPECT_FALSE(hold.Release());
  hold.Begin(seconds(60), seconds(60), 0);
  EXPECT_FALSE(hold.Release());
}

TEST_F(ThreadHoldTest, AHeldProcessCanBeKilled) {
  ThreadHold hold(child_);
  hold.Begin(milliseconds(0), seconds(60), 0);
  ASSERT_TRUE(Holds(hold));
  kill(child_, SIGKILL);
  hold.Release();
  int status = 0;
  EXPECT_EQ(waitpid(child_, &status, 0), child_);
  EXPECT_TRUE(WIFSIGNALED(status));
  child_ = -1;
}

TEST_F(ThreadHoldTest, AProcessThatHasGoneIsLeftAlone) {
  kill(child_, SIGKILL);
  siginfo_t info{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child_), &info, WEXITED | WNOWAIT), 0);
  ThreadHold hold(child_);
  hold.Begin(milliseconds(0), seconds(60), 0);
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_FALSE(hold.Release());
}

}  // namespace
}  // namespace kernelevolve::worker
