// Detectors of bad measurements: each looks at samples for one kind of trouble.
// Pure functions; what to do about a finding is the caller's business.
#pragma once

#include <string>

#include "measure/paired_estimate.h"

namespace kernelevolve::measure {

struct NoiseFinding {
  std::string check;  // "A/A", "autocorrelation", …
  bool bad = false;
  double value = 0;    // what was seen
  double limit = 0;    // what is allowed
  std::string detail;  // one line for people; "" if all is well
};

// Above this, blocks are joined before they count as independent.
inline constexpr double kAutocorrelationLimit = 0.3;

// The baseline against itself: the interval must contain 1 and its half-width
// be at most `limit` (0.02 on a CPU, 0.005 on a GPU).
NoiseFinding CheckAgainstItself(const Estimate& ratio, double limit);

// Of neighbouring samples; 0 for fewer than 3 samples or no variance.
double Lag1Autocorrelation(Samples values);
NoiseFinding CheckAutocorrelation(Samples block_log_ratios,
                                  double limit = kAutocorrelationLimit);

// Two clusters, each of at least a tenth of the samples, whose means differ by
// more than `limit` (relative) and by more than 4 times the spread within them:
// report both, average neither.
struct Modes {
  double low = 0, high = 0;  // geometric means of the clusters
  double high_share = 0;     // of the samples
};
NoiseFinding CheckBimodality(Samples times, double limit = 0.05,
                             Modes* modes = nullptr);

// Kendall's rank correlation with time, as a standard normal deviate; beyond
// ±`limit` the samples drift. At least 8 samples, else never bad.
NoiseFinding CheckDrift(Samples times, double limit = 3);

// Share of samples beyond 3 interquartile ranges from the quartiles.
NoiseFinding CheckOutliers(Samples times, double limit = 0.10);

// Squared ratio of the spreads (interquartile ranges), relative or absolute,
// whichever is less: behaviour that adapts to being timed is noisier than its
// baseline.
NoiseFinding CheckVarianceRatio(Samples candidate, Samples baseline,
                                double limit = 10);

// A kernel of known time, before and after a session.
NoiseFinding CheckCanary(double before_us, double after_us,
                         double limit = 0.01);

}  // namespace kernelevolve::measure
