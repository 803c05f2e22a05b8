#include "core/device_bound.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

DeviceBoundFacts Far() {
  return {.cost_known = true, .memory = 0.2, .compute = 0.1, .time_us = 50,
          .launch_us = 2, .blocks = 1000, .multiprocessors = 132};
}

DeviceProfile Counted(std::vector<DeviceCounter> counters) {
  DeviceProfile device;
  device.counters = std::move(counters);
  return device;
}

void Expect(const DeviceBoundFacts& facts, BoundClass bound, const char* why) {
  const BoundDecision decision = DecideDeviceBound(facts);
  EXPECT_EQ(decision.bound, bound) << decision.why;
  EXPECT_NE(decision.why.find(why), std::string::npos) << decision.why;
}

TEST(DecideDeviceBound, RulesInTheirOrder) {
  DeviceBoundFacts facts = Far();
  Expect(facts, BoundClass::kLatency, "20 % of memory, 10 % of arithmetic");
  facts.memory = 0.7;
  Expect(facts, BoundClass::kMemory, "70 % of the memory roof");
  facts.compute = 0.8;
  Expect(facts, BoundClass::kCompute, "80 % of the arithmetic roof");
  facts = Far();
  facts.time_us = 3;
  Expect(facts, BoundClass::kLaunch, "3.0 us");
  facts = Far();
  facts.blocks = 64;
  Expect(facts, BoundClass::kOccupancy, "64 blocks for 132 multiprocessors");
  facts.blocks = 0;  // not known
  Expect(facts, BoundClass::kLatency, "far from both");
  facts.cost_known = false;
  Expect(facts, BoundClass::kUnknown, "no [cost]");
}

TEST(DecideDeviceBound, Counters) {
  DeviceBoundFacts facts = Far();
  const DeviceProfile dram = Counted({{std::string(kDramThroughput), 81, "%"}});
  facts.counted = &dram;
  Expect(facts, BoundClass::kMemory, "DRAM throughput at 81 %");
  const DeviceProfile caches = Counted({{std::string(kMemoryThroughput), 70, "%"},
                                        {std::string(kSmThroughput), 65, "%"}});
  facts.counted = &caches;
  Expect(facts, BoundClass::kMemory, "caches at 70 %");
  const DeviceProfile busy = Counted({{std::string(kSmThroughput), 75, "%"}});
  facts.counted = &busy;
  Expect(facts, BoundClass::kCompute, "SM throughput at 75 %");
  DeviceProfile few = Counted({{std::string(kWarpsActive), 12, "%"}});
  few.stalls = {{"barriers", 0.4}};
  facts.counted = &few;
  Expect(facts, BoundClass::kOccupancy, "12 % of the warps");
  Expect(facts, BoundClass::kOccupancy, "40 % of the waits are for barriers");
  // Matrix units need few warps.
  few.counters.push_back({std::string(kTensorActive), 45, "%"});
  Expect(facts, BoundClass::kLatency, "waits are for barriers");
}

TEST(ApplyOccupancy, NamesTheKernelWithoutRoom) {
  Profile profile;
  profile.shapes = {{.name = "a", .bound = BoundClass::kLatency},
                    {.name = "b", .weight = 0.5, .bound = BoundClass::kMemory}};
  ApplyOccupancy(&profile);
  EXPECT_EQ(profile.shapes[0].bound, BoundClass::kLatency);
  profile.device.emplace();
  profile.device->kernels = {
      {.name = "wide", .occupancy = 0.125, .limited_by = "registers"}};
  ApplyOccupancy(&profile);
  EXPECT_EQ(profile.shapes[0].bound, BoundClass::kOccupancy);
  EXPECT_EQ(profile.shapes[0].why,
            "room for 13 % of the warps: registers limit wide");
  EXPECT_EQ(profile.shapes[1].bound, BoundClass::kMemory);
  EXPECT_EQ(profile.bound, BoundClass::kOccupancy);
}

}  // namespace
}  // namespace kernelevolve
