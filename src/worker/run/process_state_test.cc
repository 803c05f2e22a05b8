#include "worker/run/process_state.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

namespace kernelevolve::worker {
namespace {

constexpr const char* kStatus =
    "Name:\tworker\nUmask:\t0022\nThreads:\t1\nSigPnd:\t0000000000000000\n"
    "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001000\n"
    "SigCgt:\t00000000000004f8\n";
constexpr const char* kMaps =
    "1000-2000 r--p 00000000 08:01 11   /ke/kernel.so\n"
    "2000-3000 r-xp 00001000 08:01 11   /ke/kernel.so\n"
    "3000-4000 rw-p 00000000 00:00 0    [heap]\n"
    "5000-6000 ---p 00000000 00:00 0 \n"
    "6000-7000 r--s 00000000 00:01 14   /memfd:x (deleted)\n"
    "7000-9000 ---p 00000000 00:00 0 \n";

ProcessState State() {
  ProcessState state;
  ReadStatus(kStatus, &state);
  state.ranges = MappedRanges(kMaps);
  state.limits = "Max open files 256\n";
  state.working_folder = "/tmp";
  state.descriptors = {"/dev/null", "pipe:[1]", "pipe:[2]"};
  return state;
}

// What is said after `change`; "" where nothing is.
template <typename Change>
std::string After(Change change) {
  ProcessState state = State();
  change(state);
  return WhatChanged(State(), state).value_or("");
}

TEST(ProcessState, TheStatusIsRead) {
  const ProcessState state = State();
  EXPECT_EQ(state.umask, "0022");
  EXPECT_EQ(state.blocked, 0u);
  EXPECT_EQ(state.ignored, 0x1000u);
  EXPECT_EQ(state.caught, 0x4f8u);
  ASSERT_EQ(state.ranges.size(), 6u);
  EXPECT_EQ(state.ranges[1].begin, 0x2000u);
  EXPECT_EQ(state.ranges[1].permissions, "r-xp");
  EXPECT_EQ(state.ranges[1].path, "/ke/kernel.so");
  EXPECT_EQ(state.ranges[2].path, "");
  EXPECT_TRUE(MappedRanges("x-y r-xp 0 0 0\n1000\n-\n1000-2000 r\n").empty());
}

TEST(ProcessState, WhatChangedIsNamed) {
  EXPECT_EQ(After([](ProcessState&) {}), "");
  EXPECT_EQ(After([](ProcessState& s) { s.blocked |= 1u << (SIGTERM - 1); }),
            "left blocked: SIGTERM");
  EXPECT_EQ(After([](ProcessState& s) { s.ignored = 0; }),
            "left handled in another way: SIGPIPE");
  EXPECT_EQ(After([](ProcessState& s) { s.caught |= 1u << (SIGALRM - 1); }),
            "left handled in another way: SIGALRM");
  EXPECT_EQ(After([](ProcessState& s) { s.handlers = 5; }),
            "left a signal with another handler");
  EXPECT_EQ(After([](ProcessState& s) { s.timers = 1; }), "left a timer running");
  EXPECT_EQ(After([](ProcessState& s) { s.umask = "0000"; }), "left another umask");
  EXPECT_EQ(After([](ProcessState& s) { s.limits = "Max open files 8\n"; }),
            "left other limits");
  EXPECT_EQ(After([](ProcessState& s) { s.working_folder = "/"; }),
            "left another working folder");
  EXPECT_EQ(After([](ProcessState& s) { s.descriptors[1] = ""; }),
            "closed or replaced descriptor 1");
  EXPECT_EQ(After([](ProcessState& s) { s.ranges[1].permissions = "rwxp"; }),
            "left memory of kernel.so as rwxp that was r-xp");
}

// Threads, arenas, pools, lazily loaded libraries and the C library's signals.
TEST(ProcessState, WhatIsTheKernelsOwnMayChange) {
  EXPECT_EQ(After([](ProcessState& s) {
              s.caught |= 3ull << 31;
              s.ranges[2].end = 0x4800;
              s.ranges[2].permissions = "rwxp";
              s.ranges.push_back({0xa000, 0xb000, "r-xp", "/usr/lib/libgcc_s.so.1"});
              s.ranges.push_back({0xb000, 0xc000, "rwxp", ""});
            }), "");
  // A library that was closed, and something else in its place.
  EXPECT_EQ(After([](ProcessState& s) { s.ranges[1] = {0x2000, 0x3000, "rw-p", ""}; }),
            "");
}

TEST(ProcessState, ARangeIsMappedAsAWhole) {
  const auto ranges = MappedRanges(kMaps);
  EXPECT_TRUE(IsMappedAs(ranges, 0x5000, 0x6000, "---p"));
  EXPECT_TRUE(IsMappedAs(ranges, 0x7800, 0x8000, "---p"));
  EXPECT_FALSE(IsMappedAs(ranges, 0x6000, 0x7000, "rw-s"));
  EXPECT_FALSE(IsMappedAs(ranges, 0x5000, 0x7000, "---p"));
  EXPECT_FALSE(IsMappedAs(ranges, 0x8000, 0xa000, "---p"));  // ends too soon
  EXPECT_FALSE(IsMappedAs(ranges, 0x4800, 0x6000, "---p"));  // begins in a hole
  EXPECT_FALSE(IsMappedAs({}, 1, 2, "---p"));
}

TEST(ProcessState, AProcessIsReadAsItIs) {
  const ProcessState own = ReadProcessState(getpid(), 3);
  EXPECT_FALSE(own.umask.empty());
  EXPECT_NE(own.limits.find("Max open files"), std::string::npos);
  EXPECT_EQ(own.working_folder, std::filesystem::current_path().string());
  ASSERT_EQ(own.descriptors.size(), 3u);
  EXPECT_FALSE(own.ranges.empty());
}

TEST(ProcessState, TimersAndHandlersAreToldFromWithin) {
  const uint32_t timers = RunningTimers();
  const itimerval hour{{0, 0}, {3600, 0}}, none{};
  ASSERT_EQ(setitimer(ITIMER_VIRTUAL, &hour, nullptr), 0);
  EXPECT_EQ(RunningTimers(), timers | 1u << ITIMER_VIRTUAL);
  setitimer(ITIMER_VIRTUAL, &none, nullptr);
  EXPECT_EQ(RunningTimers(), timers);

  const uint64_t handlers = HandlerDigest();
  struct sigaction before {}, other {};
  other.sa_handler = [](int) {};
  ASSERT_EQ(sigaction(SIGUSR2, &other, &before), 0);
  EXPECT_NE(HandlerDigest(), handlers);
  sigaction(SIGUSR2, &before, nullptr);
  EXPECT_EQ(HandlerDigest(), handlers);
}

}  // namespace
}  // namespace kernelevolve::worker
