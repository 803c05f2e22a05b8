#include "measure/noise.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/format.h"

namespace kernelevolve::measure {
namespace {

NoiseFinding Finding(std::string check, double value, double limit,
                     std::string detail) {
  NoiseFinding finding{std::move(check), value > limit, value, limit, ""};
  if (finding.bad) finding.detail = std::move(detail);
  return finding;
}

// Sum of squared deviations of values[begin, end) from their prefix sums.
class PrefixSums {
 public:
  explicit PrefixSums(const std::vector<double>& values)
      : sums_(values.size() + 1), squares_(values.size() + 1) {
    for (size_t i = 0; i < values.size(); ++i) {
      // Relative to the first value, so that squares lose no digits.
      const double v = values[i] - values[0];
      sums_[i + 1] = sums_[i] + v;
      squares_[i + 1] = squares_[i] + v * v;
    }
  }
  double MeanOf(size_t begin, size_t end) const {
    return (sums_[end] - sums_[begin]) / static_cast<double>(end - begin);
  }
  double Deviation(size_t begin, size_t end) const {
    const double sum = sums_[end] - sums_[begin];
    const double squares = squares_[end] - squares_[begin];
    return std::max(0.0,
                    squares - sum * sum / static_cast<double>(end - begin));
  }

 private:
  std::vector<double> sums_, squares_;
};

struct Split {
  size_t at = 0;      // first index of the high cluster
  double gap = 0;     // between the means
  double within = 0;  // pooled standard deviation
};

// The best two clusters of sorted values with at least `fewest` in each.
Split BestSplit(const std::vector<double>& sorted, size_t fewest) {
  const PrefixSums sums(sorted);
  const size_t n = sorted.size();
  Split best;
  double least = std::numeric_limits<double>::infinity();
  for (size_t at = fewest; at + fewest <= n; ++at) {
    const double cost = sums.Deviation(0, at) + sums.Deviation(at, n);
    if (cost >= least) continue;
    least = cost;
    best = {at, sums.MeanOf(at, n) - sums.MeanOf(0, at),
            std::sqrt(cost / static_cast<double>(n - 2))};
  }
  return best;
}

double InterquartileRange(Samples values) {
  return Quantile(values, 0.75) - Quantile(values, 0.25);
}

}  // namespace

NoiseFinding CheckAgainstItself(const Estimate& ratio, double limit) {
  const bool contains_1 = ratio.ci[0] <= 1 && ratio.ci[1] >= 1;
  NoiseFinding finding{"A/A", !contains_1 || !(ratio.half_width() <= limit),
                       ratio.half_width(), limit, ""};
  if (finding.bad)
    finding.detail = format(
        "the baseline against itself gives {:.4f} [{:.4f}, {:.4f}]; the "
        "interval "
        "must contain 1 and be no wider than ± {:.1f} %",
        ratio.value, ratio.ci[0], ratio.ci[1], 100 * limit);
  return finding;
}

double Lag1Autocorrelation(Samples values) {
  if (values.size() < 3) return 0;
  const double mean = Mean(values);
  double products = 0, squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    squares += (values[i] - mean) * (values[i] - mean);
    if (i > 0) products += (values[i] - mean) * (values[i - 1] - mean);
  }
  return squares > 0 ? products / squares : 0;
}

NoiseFinding CheckAutocorrelation(Samples block_log_ratios, double limit) {
  const double value = Lag1Autocorrelation(block_log_ratios);
  return Finding("autocorrelation", value, limit,
                 format("neighbouring blocks correlate by {:.2f}", value));
}

NoiseFinding CheckBimodality(Samples times, double limit, Modes* modes) {
  constexpr double kSeparation = 4;
  constexpr size_t kFewest = 10;
  if (times.size() < kFewest) return Finding("bimodality", 0, limit, "");
  std::vector<double> logs = Logs(times);
  std::sort(logs.begin(), logs.end());
  const size_t n = logs.size();
  const Split split = BestSplit(logs, std::max<size_t>(2, n / 10));
  const bool apart = split.gap > kSeparation * split.within;
  const double gap = apart ? std::expm1(split.gap) : 0;
  const Samples all(logs);
  const Modes found{std::exp(Mean(all.first(split.at))),
                    std::exp(Mean(all.subspan(split.at))),
                    static_cast<double>(n - split.at) / static_cast<double>(n)};
  if (modes) *modes = found;
  return Finding(
      "bimodality", gap, limit,
      format("two modes: {:.3f} us, and {:.3f} us in {:.0f} % of the samples",
             found.low, found.high, 100 * found.high_share));
}

NoiseFinding CheckDrift(Samples times, double limit) {
  constexpr size_t kFewest = 8;
  if (times.size() < kFewest) return Finding("drift", 0, limit, "");
  double score = 0;
  for (size_t i = 0; i < times.size(); ++i)
    for (size_t j = 0; j < i; ++j)
      score += (times[i] > times[j]) - (times[i] < times[j]);
  const auto n = static_cast<double>(times.size());
  const double z = score / std::sqrt(n * (n - 1) * (2 * n + 5) / 18);
  return Finding(
      "drift", std::fabs(z), limit,
      format("times {} steadily (z = {:.1f})", z > 0 ? "grow" : "shrink", z));
}

NoiseFinding CheckOutliers(Samples times, double limit) {
  if (times.empty()) return Finding("outliers", 0, limit, "");
  const double low = Quantile(times, 0.25), high = Quantile(times, 0.75);
  const double reach = 3 * (high - low);
  const auto beyond = std::count_if(
      times.begin(), times.end(),
      [&](double time) { return time < low - reach || time > high + reach; });
  const double share =
      static_cast<double>(beyond) / static_cast<double>(times.size());
  return Finding("outliers", share, limit,
                 format("{:.0f} % of the samples lie far out", 100 * share));
}

NoiseFinding CheckVarianceRatio(Samples candidate, Samples baseline,
                                double limit) {
  constexpr size_t kFewest = 8;
  if (candidate.size() < kFewest || baseline.size() < kFewest)
    return Finding("variance ratio", 0, limit, "");
  // Below the resolution of any clock spreads are equal for our purposes.
  constexpr double kLeastSpread = 1e-3;
  const double mine =
      std::max(InterquartileRange(Logs(candidate)), kLeastSpread);
  const double theirs =
      std::max(InterquartileRange(Logs(baseline)), kLeastSpread);
  // A clock's and an interrupt's share of the noise is the same for both, so
  // that it is a larger part of the shorter time.
  const double absolute =
      InterquartileRange(candidate) /
      std::max(InterquartileRange(baseline), kLeastSpread * Median(baseline));
  const double ratio = std::pow(std::min(mine / theirs, absolute), 2);
  return Finding(
      "variance ratio", ratio, limit,
      format("the candidate's variance is {:.0f} times the baseline's", ratio));
}

NoiseFinding CheckCanary(double before_us, double after_us, double limit) {
  const double change = std::fabs(after_us / before_us - 1);
  return Finding("canary", change, limit,
                 format("a kernel of constant work took {:.3f} us before and "
                        "{:.3f} us after",
                        before_us, after_us));
}

}  // namespace kernelevolve::measure
