#include "core/profile_bound.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

struct Rule {
  const char* what;
  BoundFacts facts;
  BoundClass bound;
  const char* why;  // a part of it
};

TEST(DecideBound, RulesInTheirOrder) {
  const BoundFacts nothing{.time_us = 100};
  BoundFacts busy = nothing, waiting = nothing, missing = nothing;
  busy.instructions_per_cycle = 2.5;
  waiting.instructions_per_cycle = 0.4;
  missing.missed_share = 0.7;
  missing.instructions_per_cycle = 3;
  BoundFacts stated{
      .cost_known = true, .memory = 0.2, .compute = 0.1, .time_us = 100};
  BoundFacts stated_busy = stated, stated_missing = stated, brief = stated;
  stated_busy.instructions_per_cycle = 2.2;
  stated_missing.missed_share = 0.5;
  brief.time_us = 1.5;
  BoundFacts brief_at_roof = brief;
  brief_at_roof.memory = 0.9;
  const Rule rules[] = {
      {"memory roof",
       {true, 0.58, 0.1, 100, {}, {}},
       BoundClass::kMemory,
       "58 % of the memory roof"},
      {"arithmetic roof",
       {true, 0.1, 0.5, 100, {}, {}},
       BoundClass::kCompute,
       "50 % of the arithmetic roof"},
      {"both, memory nearer",
       {true, 0.8, 0.7, 100, {}, {}},
       BoundClass::kMemory,
       "80 %"},
      {"both, arithmetic nearer",
       {true, 0.7, 0.8, 100, {}, {}},
       BoundClass::kCompute,
       "80 %"},
      {"short call", brief, BoundClass::kLaunch, "1.5 us"},
      {"short call at a roof", brief_at_roof, BoundClass::kMemory, "90 %"},
      {"misses fill memory", stated_missing, BoundClass::kMemory, "misses"},
      {"busy core", stated_busy, BoundClass::kCompute, "2.2 instructions"},
      {"neither", stated, BoundClass::kLatency,
       "20 % of memory, 10 % of arithmetic"},
      {"no cost, misses", missing, BoundClass::kMemory, "misses"},
      {"no cost, busy", busy, BoundClass::kCompute, "2.5"},
      {"no cost, waiting", waiting, BoundClass::kLatency, "0.4"},
      {"nothing known", nothing, BoundClass::kUnknown, "no [cost]"},
  };
  for (const Rule& rule : rules) {
    const BoundDecision decision = DecideBound(rule.facts);
    EXPECT_EQ(decision.bound, rule.bound) << rule.what;
    EXPECT_NE(decision.why.find(rule.why), std::string::npos)
        << rule.what << ": " << decision.why;
  }
}

TEST(OverallBound, IsThatOfMostWeight) {
  EXPECT_EQ(OverallBound({}), BoundClass::kUnknown);
  EXPECT_EQ(OverallBound({{.weight = 1, .bound = BoundClass::kLatency},
                          {.weight = 1, .bound = BoundClass::kMemory},
                          {.weight = 0.5, .bound = BoundClass::kMemory}}),
            BoundClass::kMemory);
}

TEST(BoundNames, ParseWhatIsWritten) {
  for (const auto bound :
       {BoundClass::kUnknown, BoundClass::kMemory, BoundClass::kCompute,
        BoundClass::kLatency, BoundClass::kLaunch, BoundClass::kOccupancy})
    EXPECT_EQ(ParseBound(BoundName(bound)), bound);
  EXPECT_FALSE(ParseBound("splendid"));
}

TEST(InstructionMix, WidthIsThatOfTheWork) {
  EXPECT_EQ((InstructionMix{.instructions = 9}).vector_bits(), 0);
  EXPECT_EQ((InstructionMix{.vector128 = 4}).vector_bits(), 128);
  EXPECT_EQ((InstructionMix{.vector128 = 1, .vector256 = 6}).vector_bits(),
            256);
  EXPECT_EQ((InstructionMix{.vector256 = 1, .vector512 = 6}).vector_bits(),
            512);
  // A register cleared with xmm does not make scalar work a vector's.
  EXPECT_EQ((InstructionMix{.vector128 = 1, .scalar_fp = 4}).vector_bits(), 0);
  // A stray zmm in work of ymm.
  EXPECT_EQ((InstructionMix{.vector256 = 20, .vector512 = 1}).vector_bits(),
            256);
}

}  // namespace
}  // namespace kernelevolve
