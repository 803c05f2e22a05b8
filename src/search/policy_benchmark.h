// Compares the policies at equal budget on generated worlds: no compiler, no
// model, no device. `kernelevolve bench policies` prints its rows.
#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace kernelevolve {

struct PolicyBenchmarkOptions {
  std::vector<std::string> policies;  // empty: all of them, and "random"
  int worlds = 40;
  int nodes = 200;  // budget of each run
  int jobs = 4;     // steps in flight at a time
  int drafts = 10;
  uint64_t seed = 1;
};

struct PolicyBenchmarkRow {
  std::string policy;
  // Geometric mean over the worlds of true best found / true optimum.
  double fraction_of_optimum = 0;
  double found = 0;  // share of worlds where at least 0.98 of it was reached
  // Median over the worlds of the nodes it took to reach 0.9 of the optimum;
  // the budget where it was not reached.
  double nodes_to_90 = 0;
  double failed = 0;       // share of nodes that were not accepted
  double tune_share = 0;   // share of nodes that were tuning steps
  double us_per_step = 0;  // the search's own cost of Ask and Tell
};

// The best first. Same options, same rows (but for us_per_step).
Result<std::vector<PolicyBenchmarkRow>> RunPolicyBenchmark(
    const PolicyBenchmarkOptions& options, const Clock& clock);

}  // namespace kernelevolve
