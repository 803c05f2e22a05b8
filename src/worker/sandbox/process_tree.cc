#include "worker/sandbox/process_tree.h"

#include <dirent.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <memory>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/format.h"
#include "base/text.h"
#include "worker/sandbox/kernel_calls.h"

namespace kernelevolve::worker {
namespace {

using std::chrono::nanoseconds;
using Steady = std::chrono::steady_clock;

constexpr std::chrono::microseconds kNap{20};

// None where there is no such clock any more.
nanoseconds ReadClock(clockid_t clock) {
  timespec used;
  if (clock_gettime(clock, &used) != 0) return nanoseconds(0);
  return std::chrono::seconds(used.tv_sec) + nanoseconds(used.tv_nsec);
}

nanoseconds CpuTimeOf(pid_t pid) {
  clockid_t clock;
  return clock_getcpuclockid(pid, &clock) == 0 ? ReadClock(clock) : nanoseconds(0);
}

// The numbers that a folder of /proc has for names.
std::vector<pid_t> Numbers(const std::string& folder) {
  std::vector<pid_t> numbers;
  const std::unique_ptr<DIR, int (*)(DIR*)> open(opendir(folder.c_str()), closedir);
  if (!open) return numbers;
  while (const dirent* entry = readdir(open.get())) {
    pid_t number = 0;
    const char* end = entry->d_name + std::strlen(entry->d_name);
    const auto parsed = std::from_chars(entry->d_name, end, number);
    if (parsed.ec == std::errc() && parsed.ptr == end) numbers.push_back(number);
  }
  return numbers;
}

// The fields of a stat file behind the name: state and parent. A name may hold
// anything, brackets too.
struct Standing {
  char state = 'X';  // gone
  pid_t parent = -1;
};

Standing StandingOf(const std::string& path) {
  const auto text = ReadFile(path);
  if (!text) return {};
  const size_t name_end = text->rfind(')');
  if (name_end == std::string::npos || name_end + 4 > text->size()) return {};
  Standing standing;
  standing.state = (*text)[name_end + 2];
  const char* parent = text->data() + name_end + 4;
  std::from_chars(parent, text->data() + text->size(), standing.parent);
  return standing;
}

// On kernels that do not list children.
std::vector<pid_t> ChildrenByScan(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t other : Numbers("/proc"))
    if (StandingOf(format("/proc/{}/stat", other)).parent == pid)
      children.push_back(other);
  return children;
}

std::vector<pid_t> ChildrenOf(pid_t pid) {
  std::vector<pid_t> children;
  for (const pid_t thread : ThreadsOf(pid)) {
    const auto list = ReadFile(format("/proc/{}/task/{}/children", pid, thread));
    if (!list && thread == pid) return ChildrenByScan(pid);
    if (!list) continue;
    for (const std::string_view word : Split(*list, ' ')) {
      pid_t child = 0;
      std::from_chars(word.data(), word.data() + word.size(), child);
      if (child > 0) children.push_back(child);
    }
  }
  return children;
}

bool Rests(char state) {
  return state == 'T' || state == 't' || state == 'Z' || state == 'X';
}

nanoseconds CpuTimeOfThread(pid_t thread) {
  // The kernel's encoding: a thread's, by the scheduler (posix-timers_types.h).
  return ReadClock(
      static_cast<clockid_t>(~static_cast<unsigned>(thread) << 3 | 6));
}

// Of one that rests. The system says so before it has left its core, and charges it
// until then. A thread's clock runs on while it is there: two looks agree once it is
// not. That of a whole process, seen from another, moves at ticks only.
nanoseconds SettledCpuTimeOf(pid_t pid, Steady::time_point deadline) {
  for (const pid_t thread : ThreadsOf(pid)) {
    nanoseconds used = CpuTimeOfThread(thread);
    while (Steady::now() < deadline) {
      const nanoseconds again = CpuTimeOfThread(thread);
      if (again == used) break;
      used = again;
    }
  }
  return CpuTimeOf(pid);
}

bool AllRest(pid_t pid) {
  for (const pid_t thread : ThreadsOf(pid))
    if (!Rests(StateOf(pid, thread))) return false;
  return true;
}

}  // namespace

std::vector<pid_t> ThreadsOf(pid_t pid) {
  return Numbers(format("/proc/{}/task", pid));
}

char StateOf(pid_t pid, pid_t thread) {
  return StandingOf(format("/proc/{}/task/{}/stat", pid, thread)).state;
}

bool ProcessTree::Knows(pid_t pid) const {
  return std::ranges::any_of(members_, [&](const Member& member) {
    return member.pid == pid;
  });
}

Result<bool> ProcessTree::StopChildren(Steady::time_point deadline) {
  bool found = false;
  // Parents first: one that waits in vfork stops only after its child has run on.
  for (size_t i = 0; i < members_.size(); ++i) {
    const pid_t parent = members_[i].pid;
    for (const pid_t child : ChildrenOf(parent)) {
      if (Knows(child)) continue;
      Fd pidfd(static_cast<int>(syscall(SYS_pidfd_open, child, 0)));
      // The number may have gone to somebody else meanwhile.
      if (!pidfd || StandingOf(format("/proc/{}/stat", child)).parent != parent)
        continue;
      kernel::SignalProcess(pidfd.get(), SIGSTOP);
      // Known before it rests, so that it is continued if it does not in time.
      members_.push_back({child, std::move(pidfd)});
      while (!AllRest(child)) {
        if (Steady::now() > deadline)
          return Broken("a process that the program has started does not stop");
        std::this_thread::sleep_for(kNap);
      }
      found = true;
    }
  }
  return found;
}

Status ProcessTree::StopDescendants(std::chrono::milliseconds limit) {
  members_.clear();
  members_.push_back({root_, Fd()});
  const auto deadline = Steady::now() + limit;
  // Again: a child of one that has ended meanwhile is the root's now.
  while (true) {
    ASSIGN_OR_RETURN(const bool found, StopChildren(deadline));
    if (!found) break;
  }
  for (Member& member : members_) member.used = SettledCpuTimeOf(member.pid, deadline);
  return {};
}

void ProcessTree::ContinueDescendants() {
  for (const Member& member : members_)
    if (member.pidfd) kernel::SignalProcess(member.pidfd.get(), SIGCONT);
  members_.clear();
}

nanoseconds ProcessTree::UsedSince(bool root_may_have_run) const {
  nanoseconds all{0};
  for (const Member& member : members_)
    if (root_may_have_run || member.pid != root_)
      all += std::max(nanoseconds(0), CpuTimeOf(member.pid) - member.used);
  return all;
}

}  // namespace kernelevolve::worker
