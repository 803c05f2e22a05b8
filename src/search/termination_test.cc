#include "search/termination.h"

#include <gtest/gtest.h>

namespace kernelevolve {
namespace {

std::string RuleThatSpeaks(const TerminationOptions& options,
                           const Progress& progress) {
  const auto reason = Termination(options).Check(progress);
  return reason ? reason->rule : "";
}

TEST(Termination, GoesOnWithoutAnyRule) {
  Progress progress;
  progress.nodes = 1000000;
  progress.seconds = 1e9;
  progress.best_fitness = 100;
  EXPECT_EQ(RuleThatSpeaks({}, progress), "");
}

TEST(Termination, EndsWithItsBudgets) {
  TerminationOptions options;
  options.max_nodes = 120;
  options.max_seconds = 60;
  options.max_dollars = 2;
  options.max_tokens = 1000;
  options.max_device_seconds = 30;
  Progress progress;
  progress.nodes = 119;
  progress.seconds = 59.9;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "");
  progress.device_seconds = 30;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "device seconds");
  progress.tokens = 1000;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "tokens");
  progress.dollars = 2.25;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "dollars");
  progress.seconds = 60.2;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "seconds");
  progress.nodes = 120;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "nodes");
  EXPECT_EQ(Termination(options).Check(progress)->text, "120 of 120 nodes");
}

TEST(Termination, EndsAtTheTargetAndNearTheSpeedOfLight) {
  TerminationOptions options;
  options.target_speedup = 5;
  options.within_percent_of_light = 20;
  Progress progress;
  progress.Observe(4.9, 0.79);
  EXPECT_EQ(RuleThatSpeaks(options, progress), "");
  progress.Observe(4.95, 0.8);
  EXPECT_EQ(RuleThatSpeaks(options, progress), "speed of light");
  progress.Observe(5, 0.7);
  EXPECT_EQ(RuleThatSpeaks(options, progress), "target");
}

TEST(Termination, EndsWhenNothingGainsForAWindow) {
  TerminationOptions options;
  options.stall_nodes = 10;
  Progress progress;
  for (int i = 0; i < 50; ++i) progress.Observe(0, 0);
  EXPECT_EQ(RuleThatSpeaks(options, progress), "") << "nothing works yet";
  progress.Observe(2, 0);
  for (int i = 0; i < 9; ++i) progress.Observe(1.5, 0);
  EXPECT_EQ(RuleThatSpeaks(options, progress), "");
  progress.Observe(2.01, 0);  // half a per cent is noise
  EXPECT_EQ(RuleThatSpeaks(options, progress), "stall");
  EXPECT_EQ(progress.best_fitness, 2.01);
  progress.Observe(2.1, 0);
  EXPECT_EQ(RuleThatSpeaks(options, progress), "");
}

TEST(Termination, SmallGainsAddUp) {
  Progress progress;
  progress.Observe(2, 0);
  progress.Observe(2.015, 0);
  EXPECT_EQ(progress.nodes_at_gain, 1);
  progress.Observe(2.03, 0);
  EXPECT_EQ(progress.nodes_at_gain, 3);
}

TEST(Termination, InterruptionComesFirstAndExhaustionLast) {
  TerminationOptions options;
  options.max_nodes = 1;
  Progress progress;
  progress.exhausted = true;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "exhausted");
  progress.nodes = 1;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "nodes");
  progress.interrupted = true;
  EXPECT_EQ(RuleThatSpeaks(options, progress), "interrupted");
}

TEST(Termination, TakesRulesFromOutside) {
  class Never : public TerminationRule {
    const char* Name() const override { return "mine"; }
    std::optional<std::string> Check(const Progress& p) const override {
      if (p.nodes < 3) return std::nullopt;
      return "three are enough";
    }
  };
  Termination termination({});
  termination.Add(std::make_unique<Never>());
  Progress progress;
  EXPECT_FALSE(termination.Check(progress).has_value());
  progress.nodes = 3;
  EXPECT_EQ(termination.Check(progress)->text, "three are enough");
}

}  // namespace
}  // namespace kernelevolve
