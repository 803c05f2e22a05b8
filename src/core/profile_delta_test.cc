#include "core/profile_delta.h"

#include <gtest/gtest.h>

#include "core/testing/sample_profile.h"

namespace kernelevolve {
namespace {

using testing::SampleProfile;
using Lines = std::vector<std::string>;

TEST(DescribeDelta, NothingChanged) {
  EXPECT_EQ(DescribeDelta(SampleProfile(), SampleProfile()), Lines());
}

TEST(DescribeDelta, NoiseIsNoChange) {
  Profile child = SampleProfile();
  child.shapes[0].memory += 0.02;
  child.counters[0].per_call *= 1.05;
  EXPECT_EQ(DescribeDelta(SampleProfile(), child), Lines());
}

TEST(DescribeDelta, TheRoofsFirstThenTheLoops) {
  Profile parent = SampleProfile(), child = SampleProfile();
  parent.bound = BoundClass::kLatency;
  parent.shapes = {{.name = "square", .memory = 0.35, .compute = 0.01}};
  child.shapes = {{.name = "square", .memory = 0.58, .compute = 0.05}};
  parent.loops[0].mix = {.instructions = 40,
                         .vector128 = 20,
                         .scalar_fp = 2,
                         .calls = 1,
                         .spills = 12};
  child.loops[0].mix = {
      .instructions = 24, .vector256 = 18, .fma = 6, .streams = 1};
  EXPECT_EQ(DescribeDelta(parent, child),
            (Lines{"bound latency -> memory", "memory roof 35 % -> 58 %",
                   "arithmetic roof 1 % -> 5 %", "vector width 128 -> 256 bit",
                   "calls in hot loops 1 -> 0", "spills in hot loops 12 -> 0",
                   "scalar FP in hot loops 2 -> 0",
                   "fused multiply-adds in hot loops 0 -> 6",
                   "streaming stores in hot loops 0 -> 1",
                   "hottest loop 40 -> 24 instructions"}));
}

TEST(DescribeDelta, BackToScalar) {
  Profile child = SampleProfile();
  child.loops[0].mix = {.instructions = 24, .scalar_fp = 5};
  const Lines lines = DescribeDelta(SampleProfile(), child);
  ASSERT_FALSE(lines.empty());
  EXPECT_EQ(lines[0], "vector width 256 -> scalar");
}

TEST(DescribeDelta, CountersOfBoth) {
  Profile parent = SampleProfile(), child = SampleProfile();
  parent.counters = {{"LLC misses", 5e5}, {"cycles", 2e6}, {"zero", 0}};
  child.counters = {{"LLC misses", 2e5}, {"instructions", 9e6}, {"zero", 7}};
  EXPECT_EQ(DescribeDelta(parent, child),
            (Lines{"LLC misses per call 5e+05 -> 2e+05 (-60 %)"}));
}

TEST(DescribeDelta, LoopsThatWereNotSeenAreNotCompared) {
  Profile child = SampleProfile();
  child.loops.clear();
  EXPECT_EQ(DescribeDelta(SampleProfile(), child), Lines());
}

}  // namespace
}  // namespace kernelevolve
