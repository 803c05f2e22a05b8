#include <gtest/gtest.h>

#include "core/profile_delta.h"
#include "core/profile_json.h"
#include "core/profile_text.h"

namespace kernelevolve {
namespace {

using Lines = std::vector<std::string>;

Profile Sample() {
  Profile profile;
  profile.full = true;
  profile.bound = BoundClass::kMemory;
  profile.roofs = {.bytes_per_s = 3.9e12, .flops_per_s = 150e12};
  profile.shapes = {{.name = "large",
                     .memory = 0.62,
                     .compute = 0.02,
                     .bound = BoundClass::kMemory,
                     .why = "62 % of the memory roof"}};
  DeviceProfile& device = profile.device.emplace();
  device.shape = "large";
  device.kernels = {{.name = "softmax_kernel",
                     .registers = 40,
                     .shared_bytes = 1024,
                     .threads = 256,
                     .blocks = 4096,
                     .occupancy = 0.75,
                     .limited_by = "registers",
                     .share = 1,
                     .instructions = {{"instructions", 210}, {"LDG.128", 4}}}};
  device.counters = {{"time", 31.5, "us"}, {"DRAM throughput", 71.4, "%"},
                     {"DRAM read", 67.1e6, "bytes"}};
  device.stalls = {{"long scoreboard", 0.64}, {"barriers", 0.2}};
  return profile;
}

TEST(DeviceProfile, SpeaksOfTheDevice) {
  EXPECT_EQ(
      ProfileLines(Sample()),
      (Lines{
          "profile: memory bound (62 % of the memory roof, at large)",
          "  roofs of this device: 3.90 TB/s from memory, 150.0 TFLOP/s in the "
          "task's precision",
          "    large: memory 62 %, arithmetic 2 %, memory bound",
          "  kernels of a call",
          "    100 %  softmax_kernel: 4096 x 256 threads, 40 registers, 0 bytes "
          "of stack, 1024 of shared memory, occupancy 75 % (limited by "
          "registers)",
          "      instructions: 210 instructions, 4 LDG.128",
          "  counters at large: time 31.5 us, DRAM throughput 71 %, DRAM read "
          "67.1 MB",
          "  warps wait for: long scoreboard 64 %, barriers 20 %"}));
}

TEST(DeviceProfile, RoundTrips) {
  const Json sent = ToJson(Sample());
  const auto back = ProfileFromJson(*ParseJson(DumpJson(sent)));
  ASSERT_TRUE(back);
  EXPECT_EQ(ToJson(*back), sent);
  ASSERT_TRUE(back->device);
  EXPECT_EQ(back->device->kernels[0].count("LDG.128"), 4);
  EXPECT_EQ(back->device->counter("time"), 31.5);
}

TEST(DeviceProfile, HostileRecordsReadAsLittle) {
  Json json = ToJson(Sample());
  json["device"]["kernels"] = {
      1, {{"name", std::string(500, 'x') + "\n\x1b"}, {"registers", -3},
          {"instructions", {{{"name", 5}, {"count", 1e300}}}}}};
  json["device"]["stalls"] = "all";
  const auto read = ProfileFromJson(json);
  ASSERT_TRUE(read && read->device);
  EXPECT_EQ(read->device->kernels.size(), 2u);
  EXPECT_EQ(read->device->kernels[1].registers, 0);
  EXPECT_TRUE(read->device->stalls.empty());
  for (const std::string& line : ProfileLines(*read))
    EXPECT_EQ(line.find_first_of("\n\x1b"), std::string::npos);
}

TEST(DeviceProfile, ManyKernelsFit) {
  Profile profile = Sample();
  profile.device->kernels.assign(40, profile.device->kernels[0]);
  profile.shapes.assign(40, profile.shapes[0]);
  profile.lost.assign(9, "something");
  EXPECT_LE(ProfileLines(profile).size(), kProfileLines);
}

TEST(DeviceProfile, WhatChanged) {
  EXPECT_EQ(DescribeDelta(Sample(), Sample()), Lines());
  Profile child = Sample();
  KernelProfile& kernel = child.device->kernels[0];
  kernel.registers = 64;
  kernel.occupancy = 0.5;
  kernel.instructions = {{"instructions", 200}, {"LDG.128", 8}, {"spills", 6}};
  child.device->counters[1].value = 90;
  EXPECT_EQ(DescribeDelta(Sample(), child),
            (Lines{"spills 0 -> 6", "LDG.128 4 -> 8", "registers 40 -> 64",
                   "least occupancy 75 % -> 50 %",
                   "DRAM throughput 71 % -> 90 %"}));
}

}  // namespace
}  // namespace kernelevolve
