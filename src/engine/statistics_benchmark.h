// Whether our numbers keep their word: the estimator, the stopping rule and the
// three stages are run on simulated measurements whose truth is known.
// `kernelevolve bench statistics` prints the rows.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

struct StatisticsOptions {
  int repeats = 4000;  // of each row; searches of many candidates take fewer
  uint64_t seed = 1;
};

// One kind of noise, measured with one stage's plan.
struct CoverageRow {
  std::string world, plan;  // "drift", "cpu final"
  double coverage = 0;      // share of 95 % intervals that hold the truth
  double bias = 0;          // mean of log(estimate / truth)
  double half_width = 0;    // median, relative
};

// Identical contenders: how often a rule for stopping finds a difference.
struct StoppingRow {
  std::string rule;
  double autocorrelation = 0;
  double false_positives = 0;  // share of intervals that leave 1 out
};

// A search among so many candidates, then confirm and final.
struct CurseRow {
  int candidates = 0;
  double noise = 0, spread = 0;  // standard deviations of logs
  // Mean of log(what the stage says of its best / that one's truth).
  double search = 0, confirm = 0, final = 0;
  double chosen = 0;  // mean of log(truth of the final one / best truth)
  int searches = 0;
};

struct StatisticsReport {
  std::vector<CoverageRow> coverage;
  std::vector<StoppingRow> stopping;
  std::vector<CurseRow> curse;
};

// Same options, same report. kInterrupted when asked to stop.
Result<StatisticsReport> RunStatisticsBenchmark(
    const StatisticsOptions& options, const StopCondition& stop);

}  // namespace kernelevolve
