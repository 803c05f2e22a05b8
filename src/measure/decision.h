// From an interval to a word, and what to believe of the best of many.
#pragma once

#include <string_view>
#include <vector>

#include "measure/statistics.h"

namespace kernelevolve::measure {

enum class Decision { kFaster, kSlower, kSame, kInconclusive };
std::string_view DecisionName(Decision decision);

// Differences within ± this share are of no account.
inline constexpr double kCpuMargin = 0.03;
inline constexpr double kGpuMargin = 0.01;

// `ratio` is the 95 % interval of baseline / candidate.
Decision Decide(const Interval& ratio, double margin);

// P-value of "the true ratio is at most 1 + margin", from log ratios of
// independent processes; 1 for fewer than two.
double FasterPValue(Samples process_log_ratios, double margin);

// Holm's procedure: which of the hypotheses are rejected while the chance of
// any false rejection stays at most `alpha`. Parallel to `p_values`.
std::vector<bool> HolmReject(const std::vector<double>& p_values,
                             double alpha = 0.05);

// The winner of many noisy measurements is overrated: its estimate drawn toward
// the population's mean by the share of the spread that is noise. All three
// describe logarithms; variances are of 0 or more.
double Shrink(double measured, double population_mean,
              double population_variance, double noise_variance);

}  // namespace kernelevolve::measure
