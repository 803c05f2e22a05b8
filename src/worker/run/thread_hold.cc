#include "worker/run/thread_hold.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include "worker/sandbox/process_tree.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::microseconds kLook{30};

}  // namespace

void ThreadHold::Begin(nanoseconds delay, nanoseconds most) {
  Release();
  ends_ = was_held_ = false;
  search_ = std::thread([this, delay, most] { Search(delay, most); });
}

bool ThreadHold::Release() {
  if (!search_.joinable()) return false;
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  search_.join();
  return was_held_;
}

bool ThreadHold::EndsWithin(nanoseconds time) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, time, [this] { return ends_; });
}

pid_t ThreadHold::Choose() {
  do {
    for (const pid_t thread : ThreadsOf(pid_))
      if (thread != pid_ && StateOf(pid_, thread) == 'R') return thread;
  } while (!EndsWithin(kLook));
  return 0;
}

void ThreadHold::Search(nanoseconds delay, nanoseconds most) {
  if (EndsWithin(delay)) return;
  const pid_t thread = Choose();
  if (thread == 0) return;
  if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return;
  int status = 0;
  if (ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
      waitpid(thread, &status, __WALL) == thread && WIFSTOPPED(status))
    was_held_ = EndsWithin(most);
  // Stopped by a signal on its way, it is given that. One that has ended meanwhile
  // needs nothing.
  const bool ours = status >> 16 == PTRACE_EVENT_STOP;
  const long signal = WIFSTOPPED(status) && !ours ? WSTOPSIG(status) : 0;
  (void)ptrace(PTRACE_DETACH, thread, nullptr, signal);
}

}  // namespace kernelevolve::worker
