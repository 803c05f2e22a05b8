#include "worker/gpu/judge/clock_watch.h"

#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <cstdlib>

#include "base/file.h"
#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr DeviceState kFree{1980, 3201, 54, 410.4, 0};

TEST(ClockWatch, TellsWhatTheDeviceRanAt) {
  EXPECT_EQ(ClockNote({kFree, kFree}),
            "clocks 1980/3201 MHz, 54 C, 410 W; not throttled");
  DeviceState slower = kFree, silent = kFree;
  slower.sm_mhz = 1965;
  slower.reasons = kClockSetting;
  EXPECT_EQ(ClockNote({kFree, slower}),
            "clocks 1965 to 1980/3201 MHz, 54 C, 410 W; not throttled; fixed by a "
            "setting");
  silent.celsius = 0;
  silent.watts = 0;
  EXPECT_EQ(ClockNote({silent}), "clocks 1980/3201 MHz; not throttled");
}

TEST(ClockWatch, FactsAreTheSameInNamesAndNumbers) {
  DeviceState slower = kFree;
  slower.sm_mhz = 1965;
  slower.reasons = kClockPowerCap;
  const auto facts = DeviceFacts({kFree, slower}, 2);
  ASSERT_EQ(facts.size(), 6u);
  EXPECT_EQ(facts[0].name, "gpu_sm_mhz");
  EXPECT_EQ(std::get<std::string>(facts[0].value), "1965 to 1980");
  EXPECT_EQ(std::get<std::string>(facts[4].value), "the power cap");
  EXPECT_EQ(std::get<double>(facts[5].value), 2);
  EXPECT_TRUE(DeviceFacts({}, 0).empty());
}

TEST(ClockWatch, AnIdleDevicesClocksCountOnlyWhereThereAreNoOthers) {
  const DeviceState idle{345, 1593, 31, 70, kClockIdle};
  EXPECT_EQ(ClockNote({idle, kFree}),
            "clocks 1980/3201 MHz, 54 C, 410 W; not throttled");
  EXPECT_EQ(ClockNote({idle}), "clocks 345/1593 MHz, 31 C, 70 W; not throttled");
  EXPECT_EQ(HeldBack({idle, kFree}), "");
}

TEST(ClockWatch, HeatMakesTimesWorthlessAndThePowerCapDoesNot) {
  DeviceState capped = kFree, hot = kFree;
  capped.reasons = kClockPowerCap;
  hot.reasons = kClockSoftwareThermal | kClockPowerBrake;
  EXPECT_EQ(HeldBack({kFree, capped}), "");
  EXPECT_EQ(ClockNote({kFree, capped}),
            "clocks 1980/3201 MHz, 54 C, 410 W; throttled by the power cap");
  EXPECT_EQ(HeldBack({kFree, hot}), "heat (the driver), the power brake");
  EXPECT_EQ(ClockNote({capped, hot}),
            "clocks 1980/3201 MHz, 54 C, 410 W; throttled by the power cap, heat "
            "(the driver), the power brake");
}

TEST(ClockWatch, WithoutAMonitorItSaysSo) {
  ClockWatch watch(nullptr);
  watch.Look();
  EXPECT_EQ(watch.held_back(), "");
  EXPECT_EQ(watch.Notes(),
            std::vector<std::string>{"the device's clocks were not seen"});
}

// The stand-in answers for the management library as well.
class MonitorTest : public ::testing::Test {
 protected:
  void TearDown() override { unsetenv("KE_FAKE_NVML"); }
  // Clocks of multiprocessors and memory, reasons, processes.
  static void Tell(const std::string& text) {
    setenv("KE_FAKE_NVML", text.c_str(), 1);
  }
  static Result<std::unique_ptr<DeviceMonitor>> Open(
      const std::string& uuid = "GPU-known") {
    const fs::path own = fs::read_symlink("/proc/self/exe").parent_path();
    return DeviceMonitor::Open(uuid, (own / "libfake_driver.so").string());
  }
};

TEST_F(MonitorTest, ReadsTheDevicesState) {
  Tell("1755 2619 4");
  const auto monitor = Open();
  ASSERT_TRUE(monitor) << monitor.error().message;
  ClockWatch watch(monitor->get());
  watch.Look();
  Tell("1700 2619 28");
  watch.Look();
  EXPECT_EQ(watch.held_back(), "a slowdown of the hardware, heat (the driver)");
  EXPECT_EQ(watch.Notes(),
            std::vector<std::string>{
                "clocks 1700 to 1755/2619 MHz, 54 C, 410 W; throttled by the power "
                "cap, a slowdown of the hardware, heat (the driver)"});
  watch.Forget();
  EXPECT_EQ(watch.held_back(), "");
}

TEST_F(MonitorTest, CountsProcessesThatAreNotOurs) {
  const pid_t child = fork();
  if (child == 0) {
    pause();
    _exit(0);
  }
  // Ourselves, a child, one that nobody can see, and two that others started.
  Tell(format("1755 2619 0 {} {} 2000000000 1 {}", getpid(), child, getppid()));
  const auto monitor = Open();
  ASSERT_TRUE(monitor) << monitor.error().message;
  EXPECT_EQ((*monitor)->Strangers(), getppid() > 1 ? 2 : 1);
  ClockWatch watch(monitor->get());
  watch.Look();
  EXPECT_EQ(watch.Notes().size(), 2u);
  EXPECT_NE(watch.Notes()[1].find("used the device meanwhile"), std::string::npos);
  kill(child, SIGKILL);
}

TEST_F(MonitorTest, WhatDoesNotAnswerIsMissing) {
  EXPECT_FALSE(DeviceMonitor::Open("GPU-known", "/nowhere/libnvidia-ml.so.1"));
  const auto unknown = Open("GPU-other");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, ErrorCode::kMissing);
  EXPECT_NE(unknown.error().message.find("GPU-other"), std::string::npos);
}

}  // namespace
}  // namespace kernelevolve::worker::gpu
