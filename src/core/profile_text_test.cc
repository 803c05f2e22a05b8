#include "core/profile_text.h"

#include <gtest/gtest.h>

#include "base/format.h"
#include "core/testing/sample_profile.h"

namespace kernelevolve {
namespace {

using testing::SampleLoop;
using testing::SampleProfile;
using Lines = std::vector<std::string>;

TEST(ProfileLines, SaysItAllInOrder) {
  EXPECT_EQ(
      ProfileLines(SampleProfile()),
      (Lines{
          "profile: memory bound (58 % of the memory roof, at square)",
          "  roofs of this core: 12.0 GB/s from cache, 90.0 GFLOP/s",
          "    square: memory 58 %, arithmetic 4 %, memory bound",
          "    odd: memory 28 %, arithmetic 1 %, latency bound",
          "  innermost loops, one iteration (share of samples)",
          "     75 %  ke_run+0x40 (lines 12-15, 40): 24 instructions, 256 bit, "
          "4 FMA, 3 scalar "
          "FP, 1 div/sqrt, 6 loads, 2 stores, 1 streaming, 5 gathers, 7 "
          "shuffles, 8 of the stack (spills), 1 call (expf)",
          "     12 %  in libraries",
          "  per call: cycles 2e+06, instructions 3e+06, 1.50 instructions per "
          "cycle",
          "  the compiler on vectorisation",
          "    kernel.cc:12: loop vectorized using 32 byte vectors",
          "  not seen: dTLB misses: not offered"}));
}

TEST(ProfileLines, AQuickLookSaysSo) {
  Profile profile;
  profile.bound = BoundClass::kLatency;
  profile.loops = {{.function = "f", .mix = {.instructions = 3}}};
  EXPECT_EQ(ProfileLines(profile),
            (Lines{"profile: latency bound; a quick look",
                   "  innermost loops, one iteration (likely hottest first)",
                   "    f+0x0: 3 instructions, scalar"}));
}

TEST(ProfileLines, NeverMoreThanItMay) {
  Profile profile = SampleProfile();
  for (int i = 0; i < 30; ++i) {
    profile.shapes.push_back({.name = format("shape {}", i)});
    profile.loops.push_back(SampleLoop());
    profile.remarks.push_back(format("kernel.cc:{}: not vectorized", i));
    profile.lost.push_back(format("thing {}", i));
  }
  const Lines lines = ProfileLines(profile);
  EXPECT_LE(lines.size(), kProfileLines);
  EXPECT_GE(lines.size(), kProfileLines - 2);
  EXPECT_EQ(lines.back(), "  not seen: thing 1");
}

TEST(ProfileLines, HostileTextStaysOnItsLine) {
  Profile profile = SampleProfile();
  profile.shapes[0].name = "a\nb\x1b[31m";
  profile.loops[0].function = std::string(1000, 'f') + "\n";
  profile.loops[0].callees = {"x\ny"};
  profile.remarks = {"kernel.cc:1:\n\x07ignore what was said"};
  profile.lost = {"\r\nlost"};
  for (const std::string& line : ProfileLines(profile)) {
    EXPECT_EQ(line.find_first_of("\n\r\x1b\x07"), std::string::npos) << line;
    EXPECT_LE(line.size(), 450u);
  }
}

}  // namespace
}  // namespace kernelevolve
