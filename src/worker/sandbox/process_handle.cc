#include "worker/sandbox/process_handle.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <thread>

#include "base/format.h"
#include "worker/sandbox/kernel_calls.h"
#include "worker/sandbox/memory_file.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using SteadyClock = std::chrono::steady_clock;

// SIGKILL works unless a task is stuck in the kernel.
constexpr milliseconds kDeathLimit{10000};
// A program on another core stops within some 10 us. One that waits for our
// core cannot even take the signal before we sleep.
constexpr std::chrono::microseconds kStopSpin{30};
constexpr std::chrono::microseconds kStopNap{10};
constexpr milliseconds kStopLimit{10'000};

// False when the time is over. Negative limits count as none.
bool AwaitEnd(int pidfd, milliseconds limit) {
  const auto deadline = SteadyClock::now() + limit;
  while (true) {
    const auto left =
        std::chrono::ceil<milliseconds>(deadline - SteadyClock::now());
    pollfd end = {pidfd, POLLIN, 0};
    const int wait =
        static_cast<int>(std::clamp<int64_t>(left.count(), 0, 1000 * 3600));
    const int count = poll(&end, 1, wait);
    if (count > 0) return true;
    if (count < 0 && errno != EINTR) return true;  // let the reaping tell
    if (left.count() <= 0) return false;
  }
}

double Seconds(const timeval& time) {
  return time.tv_sec + 1e-6 * time.tv_usec;
}

// While it lives, this thread's sleeps are not rounded up to 50 us.
class ExactSleeper {
 public:
  ExactSleeper() : slack_(prctl(PR_GET_TIMERSLACK)) {
    prctl(PR_SET_TIMERSLACK, 1);
  }
  ~ExactSleeper() { prctl(PR_SET_TIMERSLACK, slack_); }

 private:
  const int slack_;
};

std::string ProcPath(pid_t pid, const char* name) {
  return format("/proc/{}/{}", pid, name);
}

}  // namespace

char ProcessHandle::TakeChange() {
  siginfo_t info = {};
  rusage usage = {};
  const long result = syscall(SYS_waitid, P_PID, parts_.pid, &info,
                              WEXITED | WSTOPPED | WNOHANG, &usage);
  if (result != 0) {
    if (errno == EINTR) return 0;
    // Somebody else reaped our child: all we know is that it is gone.
    Finish(CLD_KILLED, SIGKILL, usage);
    return 'E';
  }
  if (info.si_pid == 0) return 0;
  if (info.si_code == CLD_STOPPED) return 'S';
  Finish(info.si_code, info.si_status, usage);
  return 'E';
}

void ProcessHandle::Finish(int code, int status, const rusage& usage) {
  ended_ = true;
  report_.exited = code == CLD_EXITED;
  (report_.exited ? report_.exit_code : report_.signal) = status;
  // ReportAbort: the first process of a namespace cannot die of abort().
  if (report_.exited && parts_.first_process && status == 128 + SIGABRT) {
    report_.exited = false;
    report_.exit_code = 0;
    report_.signal = SIGABRT;
  }
  report_.cpu_seconds = Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
  report_.peak_bytes = static_cast<uint64_t>(usage.ru_maxrss) << 10;
  if (parts_.cgroup) {
    report_.peak_bytes =
        parts_.cgroup->PeakBytes().value_or(report_.peak_bytes);
  }
  report_.limit = LimitHit();
  report_.output =
      ReadOutputFile(parts_.output.get(), parts_.limits.output_bytes);
  report_.errors =
      ReadOutputFile(parts_.errors.get(), parts_.limits.output_bytes);
  parts_.cgroup.reset();
}

std::string ProcessHandle::LimitHit() const {
  const std::string limit =
      parts_.cgroup ? parts_.cgroup->LimitHit() : std::string();
  if (!limit.empty()) return limit;
  const bool success = report_.exited && report_.exit_code == 0;
  // The kernel's own SIGKILL carries no reason. It samples at ticks, which on a
  // busy machine charges a process for more than it then reports as used.
  if (!success && !killed_ &&
      report_.cpu_seconds >= 0.75 * parts_.limits.cpu_seconds)
    return "cpu time";
  return "";
}

bool ProcessHandle::Reap(bool block) {
  if (ended_) return true;
  if (block && !AwaitEnd(parts_.pidfd.get(), kDeathLimit)) return false;
  while (true) {
    const char change = TakeChange();
    if (change != 'S') return change == 'E';
    stopped_again_ = true;
  }
}

Status ProcessHandle::Pause() {
  RETURN_IF_ERROR(StopFirst());
  if (!parts_.single_process) return tree_.StopDescendants(kStopLimit);
  used_at_pause_ = CpuTime().value_or(nanoseconds(0));
  return {};
}

nanoseconds ProcessHandle::RanWhilePaused() const {
  if (parts_.single_process) {
    if (!HasNews()) return nanoseconds(0);
    return CpuTime().value_or(nanoseconds(0)) - used_at_pause_;
  }
  return tree_.UsedSince(HasNews());
}

bool ProcessHandle::HasNews() const {
  siginfo_t info = {};
  const int all = WEXITED | WSTOPPED | WCONTINUED | WNOHANG | WNOWAIT;
  const long result = syscall(SYS_waitid, P_PID, parts_.pid, &info, all, nullptr);
  return stopped_again_ || result != 0 || info.si_pid != 0;
}

Status ProcessHandle::StopFirst() {
  if (ended_) return Broken("the program has ended");
  kernel::SignalProcess(parts_.pidfd.get(), SIGSTOP);
  const auto start = SteadyClock::now();
  std::optional<ExactSleeper> sleeper;
  while (true) {
    const char change = TakeChange();
    if (change == 'S') {
      stopped_again_ = false;
      return {};
    }
    if (change == 'E') return Broken("the program has ended");
    const auto waited = SteadyClock::now() - start;
    if (waited > kStopLimit) return Broken("the program does not stop");
    if (waited < kStopSpin) continue;
    if (!sleeper) sleeper.emplace();
    std::this_thread::sleep_for(kStopNap);
  }
}

Status ProcessHandle::Resume() {
  if (ended_) return Broken("the program has ended");
  if (kernel::SignalProcess(parts_.pidfd.get(), SIGCONT) != 0)
    return SystemError("cannot resume the program");
  tree_.ContinueDescendants();
  return {};
}

Result<nanoseconds> ProcessHandle::CpuTime() const {
  if (ended_)
    return duration_cast<nanoseconds>(
        std::chrono::duration<double>(report_.cpu_seconds));
  if (!parts_.single_process && parts_.cgroup)
    if (const auto used = parts_.cgroup->CpuTime()) return *used;
  clockid_t clock;
  timespec used;
  if (clock_getcpuclockid(parts_.pid, &clock) != 0 ||
      clock_gettime(clock, &used) != 0)
    return SystemError("cannot read the program's CPU time");
  return std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

Result<uint64_t> ProcessHandle::ResidentBytes() const {
  if (ended_) return 0;
  ASSIGN_OR_RETURN(const std::string text,
                   ReadFile(ProcPath(parts_.pid, "statm")));
  unsigned long long size = 0, resident = 0, shared = 0;
  if (std::sscanf(text.c_str(), "%llu %llu %llu", &size, &resident, &shared) !=
      3)
    return Broken("cannot read the program's memory size");
  return (resident - std::min(shared, resident)) *
         static_cast<uint64_t>(sysconf(_SC_PAGESIZE));
}

std::string ProcessHandle::Printed() const {
  const uint64_t most = parts_.limits.output_bytes;
  return ReadOutputFile(parts_.errors.get(), most) +
         ReadOutputFile(parts_.output.get(), most);
}

ExitReport ProcessHandle::Wait(milliseconds limit) {
  if (Ended()) return report_;
  if (!AwaitEnd(parts_.pidfd.get(), limit)) {
    Kill();
    report_.timed_out = killed_;
    return report_;
  }
  Reap(true);
  return report_;
}

void ProcessHandle::Kill() {
  if (Ended()) return;
  killed_ = true;
  // Outside a namespace of its own it leads a session; take all of it.
  if (!parts_.first_process) kill(-parts_.pid, SIGKILL);
  kernel::SignalProcess(parts_.pidfd.get(), SIGKILL);
  if (Reap(true)) return;
  report_.exited = false;
  report_.signal = SIGKILL;
}

}  // namespace kernelevolve::worker
