#include "worker/profile/hot_loops.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "worker/profile/testing/kernels.h"

namespace kernelevolve::worker {
namespace {

// ke_run calls `once` in a loop of its own; nobody calls `other`.
constexpr const char* kCalls =
    "0000000000001000 <ke_run>:\n"
    "    1000:\tcall   1100 <once>\n"
    "    1005:\tcall   1030 <expf@plt>\n"
    "    100a:\tjne    1000 <ke_run>\n"
    "    100c:\tlea    0xff0(%rip),%rdi        # 1200 <ke_run._omp_fn.0>\n"
    "    1013:\tcall   1040 <GOMP_parallel@plt>\n"
    "    1018:\tret\n"
    "0000000000001100 <once>:\n"
    "    1100:\tvaddps (%rdi),%ymm0,%ymm0\n"
    "    1104:\tjne    1100 <once>\n"
    "    1106:\tret\n"
    "0000000000001200 <ke_run._omp_fn.0>:\n"
    "    1200:\tvmulps (%rdi),%zmm0,%zmm0\n"
    "    1206:\tjne    1200 <ke_run._omp_fn.0>\n"
    "    1208:\tret\n"
    "0000000000001300 <other>:\n"
    "    1300:\tvaddps (%rdi),%zmm0,%zmm0\n"
    "    1306:\tjne    1300 <other>\n"
    "    1308:\tret\n";

std::vector<std::string> Names(const std::vector<FoundLoop>& loops) {
  std::vector<std::string> names;
  for (const FoundLoop& found : loops) names.push_back(found.loop.function);
  return names;
}

TEST(FindHotLoops, OfWhatTheEntryReaches) {
  const auto loops = FindHotLoops(ReadDisassembly(kCalls), "ke_run");
  EXPECT_EQ(Names(loops),
            (std::vector<std::string>{"ke_run", "once", "ke_run._omp_fn.0"}));
  EXPECT_EQ(loops[1].loop.depth, 2) << "the caller's loop counts";
  EXPECT_EQ(loops[0].loop.callees, (std::vector<std::string>{"once", "expf"}));
  EXPECT_EQ(loops[1].ranges,
            (std::vector<std::pair<uint64_t, uint64_t>>{{0x1100, 0x1106}}));
}

TEST(FindHotLoops, EverywhereWhereTheEntryHasNone) {
  EXPECT_EQ(FindHotLoops(ReadDisassembly(kCalls), "missing").size(), 4u);
  EXPECT_TRUE(FindHotLoops({}, "ke_run").empty());
}

TEST(FindHotLoops, RecursionEnds) {
  EXPECT_EQ(FindHotLoops(ReadDisassembly("0000000000001000 <ke_run>:\n"
                                         "    1000:\tcall   1100 <g>\n"
                                         "    1005:\tjne    1000 <ke_run>\n"
                                         "    1007:\tret\n"
                                         "0000000000001100 <g>:\n"
                                         "    1100:\tcall   1000 <ke_run>\n"
                                         "    1105:\tjne    1100 <g>\n"
                                         "    1107:\tret\n"),
                         "ke_run")
                .size(),
            2u);
}

TEST(FindHotLoops, ACallInALoopIsWhyItIsScalar) {
  const auto loops =
      FindHotLoops(ReadDisassembly(testing::kExpAndDivide), "ke_run");
  ASSERT_EQ(loops.size(), 2u);
  const HotLoop& divide = loops[1].loop;
  EXPECT_EQ(divide.offset, 0x110u);
  EXPECT_EQ(divide.depth, 2);
  EXPECT_EQ(divide.mix, (InstructionMix{.instructions = 6,
                                        .vector256 = 3,
                                        .divides = 1,
                                        .loads = 1,
                                        .stores = 1}));
  EXPECT_EQ(divide.mix.vector_bits(), 256);
  const HotLoop& exp = loops[0].loop;
  EXPECT_EQ(exp.offset, 0xb0u);
  EXPECT_EQ(exp.mix, (InstructionMix{.instructions = 10,
                                     .scalar_fp = 1,
                                     .loads = 2,
                                     .stores = 2,
                                     .calls = 1,
                                     .spills = 2}));
  EXPECT_EQ(exp.mix.vector_bits(), 0);
  EXPECT_EQ(exp.callees, std::vector<std::string>{"expf"});
}

TEST(FindHotLoops, AccumulatorsThatDoNotFitAreSpilled) {
  const auto loops =
      FindHotLoops(ReadDisassembly(testing::kTileThatSpills), "ke_run");
  ASSERT_EQ(loops.size(), 1u);
  EXPECT_EQ(loops[0].loop.depth, 2);
  EXPECT_EQ(loops[0].loop.mix, (InstructionMix{.instructions = 38,
                                               .vector256 = 33,
                                               .fma = 18,
                                               .loads = 15,
                                               .stores = 6,
                                               .spills = 12}));
}

TEST(FindHotLoops, WhateverTheFileHolds) {
  Random random(1);
  const std::string sound = testing::kExpAndDivide;
  for (int trial = 0; trial < 2000; ++trial) {
    std::string text = sound;
    for (uint64_t step = random.Below(20) + 1; step-- > 0;) {
      const size_t at = random.Below(text.size());
      const size_t length = random.Below(40);
      if (random.Below(2) == 0)
        text.replace(at, length, sound.substr(random.Below(sound.size()), 40));
      else
        text[at] = static_cast<char>(random.Below(256));
    }
    for (const FoundLoop& found : FindHotLoops(ReadDisassembly(text), "ke_run"))
      ASSERT_GT(found.loop.mix.instructions + 1, 0);
  }
}

TEST(RankBySamples, SharesOfAll) {
  auto loops = FindHotLoops(ReadDisassembly(kCalls), "ke_run");
  RankBySamples({0x1200, 0x1200, 0x1206, 0x1100, 0x1208, 0x1018}, 2, &loops);
  EXPECT_EQ(loops[0].loop.function, "ke_run._omp_fn.0");
  EXPECT_DOUBLE_EQ(loops[0].loop.share, 3.0 / 8);
  EXPECT_EQ(loops[1].loop.function, "once");
  EXPECT_DOUBLE_EQ(loops[1].loop.share, 1.0 / 8);
  const auto kept = KeepHottest(loops);
  EXPECT_EQ(kept.size(), 2u) << "what no sample hit is left out";
}

TEST(RankBySamples, NoneChangeNothing) {
  auto loops = FindHotLoops(ReadDisassembly(kCalls), "ke_run");
  RankBySamples({}, 0, &loops);
  EXPECT_EQ(loops[0].loop.function, "ke_run");
  EXPECT_EQ(loops[0].loop.share, 0);
}

}  // namespace
}  // namespace kernelevolve::worker
