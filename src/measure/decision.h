// From an interval to a word, and what to believe of the best of many.
#pragma once

#include <string_view>

#include "measure/statistics.h"

namespace kernelevolve::measure {

// Differences within ± this share are of no account.
inline constexpr double kCpuMargin = 0.03;
inline constexpr double kGpuMargin = 0.01;
double MarginOf(std::string_view device_kind);  // "cpu", "gpu", or a chip's name

// `ratio` is the 95 % interval of baseline / candidate.
Decision Decide(const Interval& ratio, double margin);

// The winner of many noisy measurements is overrated: its estimate drawn toward
// the population's mean by the share of the spread that is noise. All three
// describe logarithms; variances are of 0 or more.
double Shrink(double measured, double population_mean,
              double population_variance, double noise_variance);

}  // namespace kernelevolve::measure
