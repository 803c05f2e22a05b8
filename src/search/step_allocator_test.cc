#include "search/step_allocator.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

// Runs `steps` steps where each level always returns its gain; answers how many
// of them tuned.
int TuneSteps(StepAllocator& allocator, int steps, double structure_gain,
              double tune_gain) {
  int tuned = 0;
  for (int i = 0; i < steps; ++i) {
    const StepLevel level = allocator.Choose();
    const bool tune = level == StepLevel::kTune;
    tuned += tune;
    allocator.Start(level);
    allocator.Finish(level, tune ? tune_gain : structure_gain);
  }
  return tuned;
}

TEST(StepAllocator, GivesMoreToTheLevelThatReturnsMore) {
  StepAllocator tuning, structures;
  EXPECT_GT(TuneSteps(tuning, 100, 0.001, 0.05), 60);
  EXPECT_LT(TuneSteps(structures, 100, 0.05, 0.001), 40);
}

TEST(StepAllocator, StarvesNeither) {
  StepAllocator allocator;
  EXPECT_LT(TuneSteps(allocator, 100, 0, 0.3), 95);
}

TEST(StepAllocator, ForgetsGainsThatHaveEnded) {
  StepAllocator allocator;
  TuneSteps(allocator, 30, 0.0, 0.1);
  EXPECT_LT(TuneSteps(allocator, 60, 0.1, 0.0), 30);
}

TEST(StepAllocator, CountsWhatIsInFlight) {
  StepAllocator allocator;
  const StepLevel first = allocator.Choose();
  allocator.Start(first);
  EXPECT_NE(allocator.Choose(), first);
  allocator.Abandon(first);
  EXPECT_EQ(allocator.Choose(), first);
}

TEST(StepAllocator, TellsItsShare) {
  StepAllocator allocator;
  EXPECT_EQ(allocator.TuneShare(), 0);
  allocator.Start(StepLevel::kTune);
  allocator.Finish(StepLevel::kTune, 0.1);
  EXPECT_EQ(allocator.TuneShare(), 1);
  EXPECT_DOUBLE_EQ(allocator.MeanGain(StepLevel::kTune), 0.1);
}

}  // namespace
}  // namespace kernelevolve
