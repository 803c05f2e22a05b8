#include "worker/run/thread_hold.h"

#include <sys/ptrace.h>
#include <sys/wait.h>

#include <cerrno>
#include <vector>

#include "worker/sandbox/process_tree.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::nanoseconds;

constexpr std::chrono::microseconds kLook{30};

bool AwaitStop(pid_t thread, int* status) {
  pid_t waited = -1;
  do {
    waited = waitpid(thread, status, __WALL);
  } while (waited < 0 && errno == EINTR);
  return waited == thread && WIFSTOPPED(*status);
}

}  // namespace

void ThreadHold::Begin(nanoseconds delay, nanoseconds most, uint64_t bits) {
  Release();
  ends_ = was_held_ = false;
  search_ = std::thread([=, this] { Search(delay, most, bits); });
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

pid_t ThreadHold::Choose(uint64_t bits) {
  do {
    std::vector<pid_t> threads = ThreadsOf(pid_);
    std::erase_if(threads, [this](pid_t thread) {
      return thread == pid_ || StateOf(pid_, thread) != 'R';
    });
    if (!threads.empty()) return threads[bits % threads.size()];
  } while (!EndsWithin(kLook));
  return 0;
}

void ThreadHold::Search(nanoseconds delay, nanoseconds most, uint64_t bits) {
  if (EndsWithin(delay)) return;
  const pid_t thread = Choose(bits);
  if (thread == 0) return;
  if (ptrace(PTRACE_SEIZE, thread, nullptr, nullptr) != 0) return;
  int status = 0;
  if (ptrace(PTRACE_INTERRUPT, thread, nullptr, nullptr) == 0 &&
      AwaitStop(thread, &status)) {
    holds_ = true;
    was_held_ = EndsWithin(most);
    holds_ = false;
  }
  // Stopped by a signal on its way, it is given that. One that has ended meanwhile
  // needs nothing.
  const bool ours = status >> 16 == PTRACE_EVENT_STOP;
  const long signal = WIFSTOPPED(status) && !ours ? WSTOPSIG(status) : 0;
  (void)ptrace(PTRACE_DETACH, thread, nullptr, signal);
}

}  // namespace kernelevolve::worker
