#include "worker/cubin/occupancy.h"

#include <gtest/gtest.h>

namespace kernelevolve::worker {
namespace {

DeviceLimits Hopper() {
  DeviceLimits device;
  device.arch = 90;
  device.multiprocessors = 132;
  device.shared_per_block_optin = 232448;
  device.shared_per_multiprocessor = 233472;
  device.registers_per_multiprocessor = 65536;
  device.max_threads_per_multiprocessor = 2048;
  return device;
}

KernelFacts Kernel(int registers, uint64_t shared = 0) {
  KernelFacts facts;
  facts.registers = registers;
  facts.shared_bytes = shared;
  return facts;
}

TEST(OccupancyTest, ThreadsLimitASmallKernel) {
  const Occupancy result = ComputeOccupancy(Kernel(32), Hopper(), 256, 0);
  EXPECT_EQ(result.blocks, 8);
  EXPECT_EQ(result.warps, 64);
  EXPECT_EQ(result.share, 1.0);
  EXPECT_EQ(result.limited_by, "threads");
}

TEST(OccupancyTest, RegistersAreHandedOutToWarps) {
  EXPECT_EQ(ComputeOccupancy(Kernel(64), Hopper(), 256, 0).blocks, 4);
  // 33 registers are counted as 40.
  EXPECT_EQ(ComputeOccupancy(Kernel(33), Hopper(), 128, 0).blocks, 12);
  EXPECT_EQ(ComputeOccupancy(Kernel(255), Hopper(), 256, 0).blocks, 1);
  EXPECT_EQ(ComputeOccupancy(Kernel(255), Hopper(), 256, 0).limited_by,
            "registers");
}

TEST(OccupancyTest, SharedMemoryLimitsWithWhatIsKeptOfEachBlock) {
  EXPECT_EQ(ComputeOccupancy(Kernel(32), Hopper(), 128, 100000).blocks, 2);
  EXPECT_EQ(ComputeOccupancy(Kernel(32), Hopper(), 128, 232448).blocks, 1);
  EXPECT_EQ(ComputeOccupancy(Kernel(32, 448), Hopper(), 128, 232448 - 448).blocks,
            1);
  EXPECT_EQ(ComputeOccupancy(Kernel(32), Hopper(), 32, 0).limited_by, "blocks");
}

TEST(OccupancyTest, WhatCannotBeLaunchedHasNone) {
  EXPECT_EQ(ComputeOccupancy(Kernel(32), Hopper(), 0, 0).blocks, 0);
  EXPECT_EQ(ComputeOccupancy(Kernel(32), Hopper(), 2048, 0).blocks, 0);
  EXPECT_EQ(ComputeOccupancy(Kernel(32), Hopper(), 32, 232449).blocks, 0);
  EXPECT_EQ(ComputeOccupancy(Kernel(255), Hopper(), 1024, 0).blocks, 0);
}

}  // namespace
}  // namespace kernelevolve::worker
