#include "search/policy_benchmark.h"

#include <gtest/gtest.h>

#include <map>

#include "base/check.h"
#include "base/testing/fake_clock.h"
#include "search/testing/world_run.h"

namespace kernelevolve {
namespace {

std::map<std::string, PolicyBenchmarkRow> Rows(
    const PolicyBenchmarkOptions& options) {
  const FakeClock clock;
  const auto rows = RunPolicyBenchmark(options, clock);
  CHECK(rows.has_value());
  std::map<std::string, PolicyBenchmarkRow> by_name;
  for (const PolicyBenchmarkRow& row : *rows) by_name[row.policy] = row;
  return by_name;
}

TEST(PolicyBenchmark, PoliciesThatUseFeedbackBeatChanceAtEqualBudget) {
  PolicyBenchmarkOptions options;
  options.policies = {"greedy", "mcts", "beam", "best-of-n", "random"};
  options.worlds = 30;
  options.nodes = 150;
  auto rows = Rows(options);
  for (const std::string name : {"greedy", "mcts", "beam"}) {
    EXPECT_GT(rows[name].fraction_of_optimum,
              rows["random"].fraction_of_optimum + 0.1)
        << name;
    EXPECT_GT(rows[name].fraction_of_optimum,
              rows["best-of-n"].fraction_of_optimum + 0.05)
        << name;
    EXPECT_GT(rows[name].found, rows["random"].found) << name;
  }
}

TEST(PolicyBenchmark, SameOptionsSameRows) {
  PolicyBenchmarkOptions options;
  options.worlds = 3;
  options.nodes = 60;
  auto first = Rows(options), again = Rows(options);
  ASSERT_EQ(first.size(), again.size());
  for (const auto& [name, row] : first) {
    EXPECT_EQ(row.fraction_of_optimum, again[name].fraction_of_optimum);
    EXPECT_EQ(row.nodes_to_90, again[name].nodes_to_90);
  }
  EXPECT_TRUE(first.contains("random"));
}

TEST(PolicyBenchmark, RefusesNonsense) {
  PolicyBenchmarkOptions options;
  options.worlds = 0;
  EXPECT_FALSE(RunPolicyBenchmark(options, FakeClock()).has_value());
  options.worlds = 1;
  options.policies = {"no-such-policy"};
  EXPECT_FALSE(RunPolicyBenchmark(options, FakeClock()).has_value());
}

// A world small enough to be solved outright.
TEST(GeneratedWorld, TheSearchFindsItsPlantedOptimum) {
  for (const std::string policy : {"greedy", "mcts", "beam"}) {
    int found = 0;
    for (uint64_t seed = 1; seed <= 10; ++seed) {
      WorldOptions options;
      options.seed = seed;
      options.recipes = 2;
      options.options = 2;
      options.parameters = 2;
      options.noise = 0.001;
      const GeneratedWorld world(options);
      SearchOptions search_options;
      search_options.policy = policy;
      search_options.seed = seed;
      auto search = MakeSearch(search_options);
      const auto nodes = RunOnWorld(**search, world, {100, 2, seed});
      found += TrueFitnessOfBest(nodes, nodes.size()) >= 0.98 * world.optimum();
    }
    EXPECT_GE(found, 9) << policy;
  }
}

TEST(GeneratedWorld, NothingBeatsItsOptimum) {
  WorldOptions options;
  options.options = 3;
  const GeneratedWorld world(options);
  SearchOptions search_options;
  search_options.policy = "greedy";
  auto search = MakeSearch(search_options);
  for (const WorldNode& node : RunOnWorld(**search, world, {400, 4, 1}))
    EXPECT_LE(node.true_fitness, world.optimum() * (1 + 1e-12));
}

TEST(GeneratedWorld, SomeStructuresFailAndMeasurementsAreRepeatable) {
  const GeneratedWorld world{WorldOptions{}};
  int failing = 0;
  for (int index = 0; index < 200; ++index) {
    Step step;
    step.seed = static_cast<uint64_t>(index);
    step.draft_index = index;
    const WorldCandidate draft = world.Propose(step, nullptr);
    failing += world.Measure(draft) == 0;
    EXPECT_EQ(world.Measure(draft), world.Measure(draft));
  }
  EXPECT_GT(failing, 10);
  EXPECT_LT(failing, 90);
}

}  // namespace
}  // namespace kernelevolve
