// bench_policies [nodes] [worlds] [jobs]: the policies at equal budget on
// generated worlds.
#include <cstdio>
#include <cstdlib>

#include "base/format.h"
#include "search/policy_benchmark.h"

int main(int argc, char** argv) {
  using namespace kernelevolve;
  PolicyBenchmarkOptions options;
  if (argc > 1) options.nodes = std::atoi(argv[1]);
  if (argc > 2) options.worlds = std::atoi(argv[2]);
  if (argc > 3) options.jobs = std::atoi(argv[3]);
  const SystemClock clock;
  const auto rows = RunPolicyBenchmark(options, clock);
  if (!rows) {
    std::fputs((rows.error().message + "\n").c_str(), stderr);
    return 2;
  }
  std::fputs(
      "policy       of optimum  found  nodes to 90%  failed  tuning  us/step\n",
      stdout);
  for (const PolicyBenchmarkRow& row : *rows)
    std::fputs(
        format("{:<12} {:>10.3f} {:>6.2f} {:>13.0f} {:>7.2f} {:>7.2f} "
               "{:>8.1f}\n",
               row.policy, row.fraction_of_optimum, row.found, row.nodes_to_90,
               row.failed, row.tune_share, row.us_per_step)
            .c_str(),
        stdout);
  return 0;
}
