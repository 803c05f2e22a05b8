// Ratios and times from paired blocks of several processes.
//
// One block times the candidate and every baseline close together, so that
// their ratio is free of what moves both. Processes differ among each other
// (addresses, allocator, clock history) by more than blocks within one, so the
// interval is Student's over processes. A single process, as the search stage
// has, gets one over its blocks: it ranks, it does not prove.
#pragma once

#include <string>
#include <vector>

#include "measure/statistics.h"

namespace kernelevolve::measure {

// What one process measured at one shape. A block's time of a contender is the
// mean of its two letters, per call.
struct ProcessTimes {
  std::vector<double> candidate_us;               // one per block
  std::vector<std::vector<double>> baselines_us;  // [baseline][block]
};

// A positive quantity and its 95 % interval, estimated on the log scale. The
// interval is (0, inf) where a single block is all there is.
struct Estimate {
  double value = 0;
  Interval ci{};
  // The sample behind it, as logs: one per process; of a single process, one
  // per batch of blocks.
  std::vector<double> logs;
  double log_error = 0;  // standard error of their mean; inf for one
  double df = 0;

  double log() const;
  // Half-width of the interval relative to the value.
  double half_width() const;
};

// From independent samples of the logarithm, at least one.
Estimate EstimateFromLogs(std::vector<double> logs);

// baseline / candidate: above 1 the candidate is faster. All block vectors of a
// process have the same length, at least 1; at least one process. `floor_us`
// clips the candidate's times: no ratio claims more than physics allows.
Estimate EstimateRatio(const std::vector<ProcessTimes>& processes,
                       size_t baseline, double floor_us = 0);

// Log ratios of one process, one per block.
std::vector<double> BlockLogRatios(const ProcessTimes& process, size_t baseline,
                                   double floor_us = 0);

// The time of one contender from its block times, [process][block]: the median
// of each process, then their geometric mean.
Estimate EstimateTime(const std::vector<std::vector<double>>& processes);
Estimate CandidateTime(const std::vector<ProcessTimes>& processes);
Estimate BaselineTime(const std::vector<ProcessTimes>& processes,
                      size_t baseline);

// Neighbouring blocks joined to their means until lag-1 autocorrelation is at
// most 0.3 or fewer than 10 would be left: an interval over correlated blocks
// would be too narrow.
std::vector<double> DecorrelatedMeans(Samples values);

}  // namespace kernelevolve::measure
