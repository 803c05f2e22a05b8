#include "search/policy_benchmark.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "search/search.h"
#include "search/testing/random_search.h"
#include "search/testing/world_run.h"

namespace kernelevolve {
namespace {

constexpr const char* kRandom = "random";

Result<std::unique_ptr<Search>> Make(const SearchOptions& options) {
  if (options.policy == kRandom) return std::make_unique<RandomSearch>(options);
  return MakeSearch(options);
}

// Sums over the worlds.
struct Totals {
  double log_fraction = 0, found = 0, nodes = 0, failed = 0, tuned = 0;
  double seconds = 0;
  std::vector<double> nodes_to_90;
};

double NodesTo90(const std::vector<WorldNode>& nodes, double optimum,
                 int budget) {
  double best = 0, kept = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    if (nodes[i].fitness > best) {
      best = nodes[i].fitness;
      kept = nodes[i].true_fitness;
    }
    if (kept >= 0.9 * optimum) return static_cast<double>(i + 1);
  }
  return budget;
}

void Add(const std::vector<WorldNode>& nodes, double optimum, int budget,
         Totals* totals) {
  const double fraction = TrueFitnessOfBest(nodes, nodes.size()) / optimum;
  // A run that found nothing at all must not make the mean minus infinity.
  totals->log_fraction += std::log(std::max(fraction, 0.01));
  totals->found += fraction >= 0.98 ? 1 : 0;
  totals->nodes += static_cast<double>(nodes.size());
  totals->nodes_to_90.push_back(NodesTo90(nodes, optimum, budget));
  for (const WorldNode& node : nodes) {
    totals->failed += node.fitness > 0 ? 0 : 1;
    totals->tuned += node.step.kind == NodeKind::kTune ? 1 : 0;
  }
}

double Median(std::vector<double> values) {
  const auto middle =
      values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// Passes calls on and adds up what they cost.
class TimedSearch : public Search {
 public:
  TimedSearch(Search& search, const Clock& clock)
      : search_(search), clock_(clock) {}
  std::optional<Step> Ask() override {
    const auto start = clock_.Now();
    std::optional<Step> step = search_.Ask();
    seconds_ += SecondsSince(clock_, start);
    return step;
  }
  void Tell(const Step& step, const Outcome& outcome) override {
    const auto start = clock_.Now();
    search_.Tell(step, outcome);
    seconds_ += SecondsSince(clock_, start);
  }
  void Abandon(const Step& step) override { search_.Abandon(step); }
  void Correct(NodeId node, double fitness) override {
    search_.Correct(node, fitness);
  }
  SearchReport Report() const override { return search_.Report(); }
  double seconds() const { return seconds_; }

 private:
  Search& search_;
  const Clock& clock_;
  double seconds_ = 0;
};

// Worlds where structure matters more, where parameters do, and between.
WorldOptions WorldOf(uint64_t seed, int number) {
  static constexpr int kOptions[] = {6, 4, 2};
  static constexpr int kParameters[] = {2, 4, 6};
  WorldOptions options;
  options.seed = seed * 1000003 + static_cast<uint64_t>(number);
  options.options = kOptions[number % 3];
  options.parameters = kParameters[number % 3];
  return options;
}

Result<PolicyBenchmarkRow> RunPolicy(const std::string& policy,
                                     const PolicyBenchmarkOptions& options,
                                     const Clock& clock) {
  Totals totals;
  for (int world_number = 0; world_number < options.worlds; ++world_number) {
    const WorldOptions world_options = WorldOf(options.seed, world_number);
    const GeneratedWorld world(world_options);
    SearchOptions search_options;
    search_options.policy = policy;
    search_options.drafts = options.drafts;
    search_options.seed = world_options.seed;
    ASSIGN_OR_RETURN(const std::unique_ptr<Search> search,
                     Make(search_options));
    TimedSearch timed(*search, clock);
    const std::vector<WorldNode> nodes = RunOnWorld(
        timed, world, {options.nodes, options.jobs, world_options.seed});
    Add(nodes, world.optimum(), options.nodes, &totals);
    totals.seconds += timed.seconds();
  }
  const double worlds = options.worlds, nodes = std::max(1.0, totals.nodes);
  return PolicyBenchmarkRow{policy,
                            std::exp(totals.log_fraction / worlds),
                            totals.found / worlds,
                            Median(totals.nodes_to_90),
                            totals.failed / nodes,
                            totals.tuned / nodes,
                            1e6 * totals.seconds / nodes};
}

}  // namespace

Result<std::vector<PolicyBenchmarkRow>> RunPolicyBenchmark(
    const PolicyBenchmarkOptions& options, const Clock& clock) {
  if (options.worlds < 1 || options.nodes < 1 || options.jobs < 1)
    return BadInput("worlds, nodes and jobs must be at least 1");
  std::vector<std::string> policies = options.policies;
  if (policies.empty()) {
    policies = PolicyNames();
    policies.push_back(kRandom);
  }
  std::vector<PolicyBenchmarkRow> rows;
  for (const std::string& policy : policies) {
    ASSIGN_OR_RETURN(PolicyBenchmarkRow row, RunPolicy(policy, options, clock));
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.fraction_of_optimum > b.fraction_of_optimum;
  });
  return rows;
}

}  // namespace kernelevolve
