// The fuzz targets on a few thousand mutated inputs with a fixed seed: what any
// build can run in seconds. fuzz_inputs and the libFuzzer programs go on.
#include <gtest/gtest.h>

#include <set>

#include "fuzz_run.h"
#include "fuzz_target.h"
#include "mutator.h"

namespace kernelevolve::fuzz {
namespace {

class MutatedInputs : public testing::TestWithParam<Target> {};

TEST_P(MutatedInputs, NeitherCrashNorBreakAPromise) {
  const Target& target = GetParam();
  for (const std::string& seed : target.seeds()) target.run(seed);
  const Mutator mutator(target.seeds(), 20240607);
  int taken = 0;
  constexpr int kInputs = 4000;
  for (int i = 0; i < kInputs; ++i)
    taken += target.run(mutator.Make(static_cast<uint64_t>(i)));
  // Some get behind the first check, and some do not.
  EXPECT_GT(taken, kInputs / 100);
  EXPECT_LT(taken, kInputs);
}

TEST_P(MutatedInputs, TheFirstSeedIsTaken) {
  EXPECT_TRUE(GetParam().run(GetParam().seeds().front()));
}

INSTANTIATE_TEST_SUITE_P(Targets, MutatedInputs, testing::ValuesIn(Targets()),
                         [](const auto& test) {
                           return std::string(test.param.name);
                         });

TEST(MutatorTest, ANumberAndASeedMakeOneInput) {
  const Mutator mutator({"abcdefghij", "0123456789"}, 1);
  std::set<std::string> made;
  for (uint64_t number = 0; number < 100; ++number) {
    const std::string input = mutator.Make(number);
    EXPECT_EQ(input, Mutator({"abcdefghij", "0123456789"}, 1).Make(number));
    made.insert(input);
  }
  EXPECT_GT(made.size(), 80u);
  EXPECT_NE(Mutator({"abcdefghij"}, 1).Make(5), Mutator({"abcdefghij"}, 2).Make(5));
}

TEST(FuzzRunTest, CountsWhatItWasAskedFor) {
  RunOptions options;
  options.inputs = 1007;
  options.from = 10;
  uint64_t seen = 0, least = 10;
  const SystemClock clock;
  const auto counts =
      Fuzz(Targets(), options, clock, [&](const Target&, uint64_t number) {
        ++seen;
        least = std::min(least, number);
      });
  EXPECT_EQ(seen, 1007u);
  EXPECT_EQ(least, 10u);
  ASSERT_EQ(counts.size(), Targets().size());
  for (const TargetCount& count : counts) EXPECT_GT(count.inputs, 0u);
  EXPECT_EQ(TotalLine(counts, 2),
            "1007 inputs, " + std::to_string(counts.size()) +
                " targets, 2 seconds, no crash");
}

TEST(FuzzRunTest, EndsWhenItsTimeIsUp) {
  // Moves on by a second with each look.
  class Running : public Clock {
   public:
    TimePoint Now() const override {
      return TimePoint(std::chrono::seconds(++looks_));
    }
    double WallSeconds() const override { return 0; }

   private:
    mutable int looks_ = 0;
  };
  RunOptions options;
  options.inputs = 1'000'000;
  options.seconds = 5;
  uint64_t seen = 0;
  const auto counts = Fuzz(Targets(), options, Running(),
                           [&](const Target&, uint64_t) { ++seen; });
  EXPECT_GT(seen, 0u);
  EXPECT_LT(seen, 10'000u);
}

}  // namespace
}  // namespace kernelevolve::fuzz
