#include "worker/run/process_state.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>

#include "base/file.h"
#include "base/format.h"
#include "base/random.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

constexpr size_t kMostBytes = 16 << 20;
constexpr int64_t kNsPerSecond = 1'000'000'000;

// Not through the C library, in which a candidate may have put another one.
int64_t SystemsClock(clockid_t clock) {
  timespec now{};
  long result = SYS_clock_gettime;
  asm volatile("syscall"
               : "+a"(result)
               : "D"(static_cast<long>(clock)), "S"(&now)
               : "rcx", "r11", "memory");
  return now.tv_sec * kNsPerSecond + now.tv_nsec;
}

bool LiesAbout(clockid_t clock) {
  constexpr int64_t kSlack = 1000;  // between two ways to read one counter
  timespec told{};
  const int64_t before = SystemsClock(clock);
  clock_gettime(clock, &told);
  const int64_t after = SystemsClock(clock);
  const int64_t between = told.tv_sec * kNsPerSecond + told.tv_nsec;
  return between < before - kSlack || between > after + kSlack;
}
// 32 and 33, which the C library takes for itself when a first thread starts.
constexpr uint64_t kOfTheLibrary = 3ull << 31;

std::optional<uint64_t> FromHex(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<MappedRange> RangeFrom(std::string_view line) {
  // "begin-end rwxp offset device inode   /path"
  const size_t dash = line.find('-'), space = line.find(' ');
  if (dash == line.npos || space == line.npos || dash > space ||
      line.size() < space + 5)
    return std::nullopt;
  const auto begin = FromHex(line.substr(0, dash));
  const auto end = FromHex(line.substr(dash + 1, space - dash - 1));
  if (!begin || !end) return std::nullopt;
  const size_t slash = line.find('/');
  return MappedRange{*begin, *end, std::string(line.substr(space + 1, 4)),
                     slash == line.npos ? "" : std::string(line.substr(slash))};
}

std::string NameSignals(uint64_t mask) {
  std::vector<std::string> names;
  for (int signal = 1; signal <= 64; ++signal) {
    if (!(mask >> (signal - 1) & 1)) continue;
    const char* name = sigabbrev_np(signal);
    names.push_back(name ? format("SIG{}", name) : format("signal {}", signal));
  }
  return Join(names, ", ");
}

std::optional<std::string> ChangedSignals(const ProcessState& before,
                                          const ProcessState& after) {
  if (const uint64_t bits = (before.blocked ^ after.blocked) & ~kOfTheLibrary)
    return (after.blocked & bits ? "left blocked: " : "left unblocked: ") +
           NameSignals(bits);
  const uint64_t met =
      (before.ignored ^ after.ignored) | (before.caught ^ after.caught);
  if (const uint64_t bits = met & ~kOfTheLibrary)
    return "left handled in another way: " + NameSignals(bits);
  if (before.handlers != after.handlers) return "left a signal with another handler";
  return std::nullopt;
}

std::optional<std::string> ChangedMemory(const ProcessState& before,
                                         const ProcessState& after) {
  std::set<std::string> code;  // files with some
  for (const MappedRange& range : before.ranges)
    if (range.permissions[2] == 'x' && !range.path.empty()) code.insert(range.path);
  for (const MappedRange& was : before.ranges) {
    if (!code.count(was.path)) continue;
    for (const MappedRange& is : after.ranges)
      if (is.path == was.path && is.begin < was.end && was.begin < is.end &&
          is.permissions != was.permissions)
        return format("left memory of {} as {} that was {}",
                      Sanitize(fs::path(was.path).filename().string(), 100),
                      is.permissions, was.permissions);
  }
  return std::nullopt;
}

}  // namespace

std::vector<MappedRange> MappedRanges(std::string_view maps) {
  std::vector<MappedRange> ranges;
  for (const std::string_view line : Split(maps, '\n'))
    if (auto range = RangeFrom(line)) ranges.push_back(*std::move(range));
  return ranges;
}

void ReadStatus(std::string_view status, ProcessState* state) {
  for (const std::string_view line : Split(status, '\n')) {
    const size_t tab = line.find(":\t");
    if (tab == line.npos) continue;
    const std::string_view name = line.substr(0, tab), value = line.substr(tab + 2);
    if (name == "Umask") state->umask = value;
    if (name == "SigBlk") state->blocked = FromHex(value).value_or(0);
    if (name == "SigIgn") state->ignored = FromHex(value).value_or(0);
    if (name == "SigCgt") state->caught = FromHex(value).value_or(0);
  }
}

ProcessState ReadProcessState(pid_t pid, int descriptors) {
  ProcessState state;
  const auto read = [&](const char* name) {
    return ReadFile(format("/proc/{}/{}", pid, name), kMostBytes).value_or("");
  };
  const auto link = [&](const std::string& name) {
    std::error_code ignored;
    return fs::read_symlink(format("/proc/{}/{}", pid, name), ignored).string();
  };
  ReadStatus(read("status"), &state);
  state.limits = read("limits");
  state.working_folder = link("cwd");
  for (int i = 0; i < descriptors; ++i)
    state.descriptors.push_back(link(format("fd/{}", i)));
  state.ranges = MappedRanges(read("maps"));
  return state;
}

std::optional<std::string> WhatChanged(const ProcessState& before,
                                       const ProcessState& after) {
  if (auto signals = ChangedSignals(before, after)) return signals;
  if (before.timers != after.timers)
    return after.timers & ~before.timers ? "left a timer running"
                                         : "stopped a timer";
  if (before.umask != after.umask) return "left another umask";
  if (before.limits != after.limits) return "left other limits";
  if (before.working_folder != after.working_folder)
    return "left another working folder";
  for (size_t i = 0; i < std::min(before.descriptors.size(), after.descriptors.size());
       ++i)
    if (before.descriptors[i] != after.descriptors[i])
      return format("closed or replaced descriptor {}", i);
  return ChangedMemory(before, after);
}

bool IsMappedAs(const std::vector<MappedRange>& ranges, uint64_t begin,
                uint64_t end, std::string_view permissions) {
  for (const MappedRange& range : ranges) {  // which are in order
    if (range.end <= begin) continue;
    if (begin >= end) break;
    if (range.begin > begin || range.permissions != permissions) return false;
    begin = range.end;
  }
  return begin >= end;
}

uint32_t RunningTimers() {
  uint32_t running = 0;
  for (const auto which : {ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF}) {
    itimerval left{};
    if (getitimer(which, &left) == 0 &&
        (left.it_value.tv_sec != 0 || left.it_value.tv_usec != 0))
      running |= 1u << which;
  }
  return running;
}

uint64_t HandlerDigest() {
  uint64_t digest = 0;
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (sigaction(signal, nullptr, &action) != 0) continue;  // the library's own
    // Not its flags, which the C library adds to.
    digest = MixBits(digest ^ reinterpret_cast<uint64_t>(action.sa_handler));
  }
  return digest;
}

bool ClockLies() {
  // The real time may be set meanwhile, once; a clock that lies does so each time.
  constexpr int kLooks = 3;
  for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
    int lies = 0;
    for (int look = 0; look < kLooks; ++look) lies += LiesAbout(clock);
    if (lies == kLooks) return true;
  }
  return false;
}

}  // namespace kernelevolve::worker
