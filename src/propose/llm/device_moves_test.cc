#include "propose/llm/device_moves.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

bool Suggests(const Profile& profile, const std::string& part) {
  for (const std::string& move : DeviceMoves(profile))
    if (move.find(part) != std::string::npos) return true;
  return false;
}

Profile OnDevice(BoundClass bound) {
  Profile profile;
  profile.bound = bound;
  profile.device.emplace();
  return profile;
}

TEST(DeviceMoves, NoneForAProcessor) {
  Profile profile;
  profile.bound = BoundClass::kMemory;
  EXPECT_TRUE(DeviceMoves(profile).empty());
}

TEST(DeviceMoves, FollowTheBound) {
  Profile memory = OnDevice(BoundClass::kMemory);
  EXPECT_TRUE(Suggests(memory, "16 bytes per thread"));
  memory.shapes = {{.name = "a", .memory = 0.9}};
  EXPECT_TRUE(Suggests(memory, "only fewer bytes"));
  Profile compute = OnDevice(BoundClass::kCompute);
  compute.device->kernels = {{.name = "k", .instructions = {{"FFMA", 64}}}};
  EXPECT_TRUE(Suggests(compute, "tl.dot"));
  compute.device->kernels[0].instructions.push_back({"HGMMA", 4});
  EXPECT_TRUE(Suggests(compute, "TMA"));
  EXPECT_TRUE(Suggests(OnDevice(BoundClass::kOccupancy), "more blocks"));
  Profile launch = OnDevice(BoundClass::kLaunch);
  launch.device->kernels.resize(3);
  EXPECT_TRUE(Suggests(launch, "fuse the 3 kernels"));
}

TEST(DeviceMoves, FollowWhatWarpsWaitFor) {
  Profile profile = OnDevice(BoundClass::kLatency);
  EXPECT_TRUE(Suggests(profile, "more independent work"));
  profile.device->stalls = {{"global or local memory (long scoreboard)", 0.6},
                            {"barriers", 0.05}};
  EXPECT_TRUE(Suggests(profile, "global memory"));
  EXPECT_FALSE(Suggests(profile, "barriers:"));
}

TEST(DeviceMoves, ReadTheCode) {
  Profile profile = OnDevice(BoundClass::kMemory);
  profile.device->kernels = {
      {.name = "k", .instructions = {{"narrow LDG", 8}, {"spills", 12}}}};
  profile.device->counters = {{std::string(kLoadUse), 25, "%"}};
  EXPECT_TRUE(Suggests(profile, "12 loads and stores of local memory"));
  EXPECT_TRUE(Suggests(profile, "8 of 8 global loads"));
  EXPECT_TRUE(Suggests(profile, "25 % of the loaded bytes"));
}

}  // namespace
}  // namespace kernelevolve
