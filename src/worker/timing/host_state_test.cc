#include "worker/timing/host_state.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/format.h"

namespace kernelevolve::worker {
namespace {

// A made-up /proc and /sys.
class HostStateTest : public testing::Test {
 protected:
  void Write(const std::string& file, const std::string& text) {
    const fs::path path = root_.path() / file;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  HostState Read() const { return ReadHostState(root_.path(), 1); }
  // A share of a second's ticks: user, system and steal of core 1.
  void WriteStat(double user, double system, double steal) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const std::string line =
        format("{:.0f} 0 {:.0f} 7 3 0 0 {:.0f} 0 0\n", user * ticks,
               system * ticks, steal * ticks);
    Write("proc/stat", "cpu  " + line + "cpu0 1 1 1 1 1 1 1 1 0 0\ncpu1 " + line +
                           "cpu10 9 9 9 9 9 9 9 9 0 0\n");
  }

  TempFolder root_ = *TempFolder::Create("host-state");
};

const EnvironmentFact* Find(const std::vector<EnvironmentFact>& facts,
                            const std::string& name) {
  for (const EnvironmentFact& fact : facts)
    if (fact.name == name) return &fact;
  return nullptr;
}

TEST_F(HostStateTest, WhatIsNotToldStaysUnknown) {
  const HostState nothing = Read();
  EXPECT_FALSE(nothing.load || nothing.all || nothing.lane || nothing.sibling ||
               nothing.waiting_s || nothing.mhz || nothing.celsius ||
               nothing.throttles || nothing.quota_stopped_s);
  const HostUse use = UseBetween(nothing, nothing);
  EXPECT_FALSE(use.others_cores || use.waiting_share || use.stolen_share);
  EXPECT_EQ(BusyNote(use, 2), "");
  EXPECT_FALSE(Find(UseFacts(nothing, nothing), "load_before"));
  EXPECT_FALSE(Find(HostFacts(root_.path(), 1), "kernel"));
}

TEST_F(HostStateTest, ReadsTheFilesOfThatCore) {
  WriteStat(2, 1, 0.5);
  Write("proc/loadavg", "1.25 0.50 0.10 2/99 1234\n");
  Write("proc/pressure/cpu", "some avg10=9.90 avg60=1 avg300=1 total=2500000\n"
                             "full avg10=0.00 avg60=0 avg300=0 total=0\n");
  const std::string cpu = "sys/devices/system/cpu/cpu1/";
  Write(cpu + "cpufreq/scaling_cur_freq", "2400000\n");
  Write(cpu + "thermal_throttle/core_throttle_count", "3\n");
  Write(cpu + "topology/thread_siblings_list", "0-1\n");
  Write("sys/class/thermal/thermal_zone0/type", "acpitz\n");
  Write("sys/class/thermal/thermal_zone0/temp", "99000\n");
  Write("sys/class/thermal/thermal_zone1/type", "x86_pkg_temp\n");
  Write("sys/class/thermal/thermal_zone1/temp", "54500\n");
  const HostState state = Read();
  EXPECT_EQ(state.load, 1.25);
  EXPECT_DOUBLE_EQ(state.lane.value().busy, 3);
  EXPECT_DOUBLE_EQ(state.lane.value().stolen, 0.5);
  EXPECT_TRUE(state.sibling);
  EXPECT_EQ(state.waiting_s, 2.5);
  EXPECT_EQ(state.mhz, 2400);
  EXPECT_EQ(state.celsius, 54.5);
  EXPECT_EQ(state.throttles, 3);
}

TEST_F(HostStateTest, FactsThatStayTheSame) {
  Write("proc/sys/kernel/osrelease", "6.18.44\n");
  Write("proc/cpuinfo", "processor\t: 0\nmodel name\t: Made Up 3000\n"
                        "cpu MHz\t\t: 2100.5\n");
  Write("sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n");
  Write("proc/self/cgroup", "0::/box\n");
  Write("proc/self/mountinfo",
        "30 1 0:1 / /made-up-cgroup rw - cgroup2 cgroup2 rw\n");
  Write("made-up-cgroup/cpu.max", "150000 100000\n");
  Write("made-up-cgroup/memory.max", "max\n");
  Write("made-up-cgroup/cpu.stat", "usage_usec 1\nthrottled_usec 2000000\n");
  const auto facts = HostFacts(root_.path(), 1);
  EXPECT_EQ(std::get<std::string>(Find(facts, "kernel")->value), "6.18.44");
  EXPECT_EQ(std::get<std::string>(Find(facts, "cpu")->value), "Made Up 3000");
  EXPECT_EQ(std::get<std::string>(Find(facts, "governor")->value), "powersave");
  EXPECT_EQ(std::get<double>(Find(facts, "quota_cores")->value), 1.5);
  EXPECT_FALSE(Find(facts, "memory_limit_bytes"));
  EXPECT_EQ(Read().quota_stopped_s, 2);
  EXPECT_EQ(Read().mhz, 2100.5);
}

HostState At(double clock, double own, double busy, double stolen) {
  HostState state;
  state.clock_s = clock;
  state.own_s = own;
  state.all = CoreTimes{busy, stolen};
  state.lane = CoreTimes{busy / 2, stolen};
  return state;
}

TEST(HostUse, OwnWorkIsNotThatOfOthers) {
  const HostUse use = UseBetween(At(10, 1, 50, 2), At(12, 2.5, 53, 2.5));
  EXPECT_DOUBLE_EQ(use.seconds, 2);
  EXPECT_DOUBLE_EQ(use.others_cores.value(), 0.75);  // 3 s less 1.5, in 2
  EXPECT_DOUBLE_EQ(use.lane_share.value(), 0.75);
  EXPECT_DOUBLE_EQ(use.stolen_share.value(), 0.25);
  // Clocks of two sources differ a little: never below nothing.
  EXPECT_EQ(UseBetween(At(10, 1, 50, 2), At(12, 9, 51, 2)).others_cores, 0);
}

TEST(HostUse, OnlyABusyMachineIsNoted) {
  HostUse use;
  use.others_cores = 0.3;
  use.stolen_share = 0.01;
  use.throttles = 0;
  EXPECT_EQ(BusyNote(use, 2), "");
  EXPECT_NE(BusyNote(use, 1).find("other programs used 0.3 cores"),
            std::string::npos);
  use.stolen_share = 0.2;
  use.sibling_share = 0.9;
  use.throttles = 4;
  use.quota_stopped_s = 0.5;
  const std::string note = BusyNote(use, 2);
  for (const char* words :
       {"took 20 % of the core away", "busy for 90 %", "throttled the core 4 times",
        "stopped us for 0.50 s"})
    EXPECT_NE(note.find(words), std::string::npos) << note;
  EXPECT_EQ(note.find("other programs"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker
