#include "process/device_lanes.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

TEST(DeviceLanes, OnePerGpuOfTheArchitecture) {
  const std::vector<NvidiaDevice> devices = {
      {0, "sm_90", "GPU-aa", ""}, {1, "sm_80", "GPU-bb", ""},
      {2, "sm_90", "GPU-cc", ""}};
  const auto lanes = LanesOf("sm_90", devices, "/cache");
  ASSERT_EQ(lanes.size(), 2u);
  EXPECT_EQ(lanes[0].lock, "/cache/lane-GPU-aa.lock");
  EXPECT_EQ(lanes[0].device, 0);
  EXPECT_EQ(lanes[1].device, 2);
}

TEST(DeviceLanes, OneWithoutAnIndexWhereThereIsNoGpu) {
  for (const char* device : {"native", "sm_90"}) {
    const auto lanes =
        LanesOf(device, {{0, "sm_80", "GPU-bb", ""}}, "/cache");
    ASSERT_EQ(lanes.size(), 1u);
    EXPECT_EQ(lanes[0].lock, std::string("/cache/lane-") + device + ".lock");
    EXPECT_FALSE(lanes[0].device);
  }
}

TEST(DeviceLanes, AnUnknownArchitectureMayBeTheRightOne) {
  const auto lanes = LanesOf("sm_90", {{0, "", "", ""}}, "/cache");
  ASSERT_EQ(lanes.size(), 1u);
  EXPECT_EQ(lanes[0].device, 0);
  EXPECT_EQ(lanes[0].lock, "/cache/lane-sm_90-0.lock");
}

}  // namespace
}  // namespace kernelevolve
