#include "measure/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/check.h"

namespace kernelevolve::measure {

double Mean(Samples values) {
  CHECK(!values.empty());
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

double Median(Samples values) { return Quantile(values, 0.5); }

double Quantile(Samples values, double fraction) {
  CHECK(!values.empty());
  CHECK(fraction >= 0 && fraction <= 1);
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const double position = fraction * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(position);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const double part = position - static_cast<double>(below);
  return sorted[below] + part * (sorted[above] - sorted[below]);
}

double Variance(Samples values) {
  if (values.size() < 2) return 0;
  const double mean = Mean(values);
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return sum / static_cast<double>(values.size() - 1);
}

double StandardDeviation(Samples values) { return std::sqrt(Variance(values)); }

double StandardError(Samples values) {
  if (values.size() < 2) return std::numeric_limits<double>::infinity();
  return std::sqrt(Variance(values) / static_cast<double>(values.size()));
}

std::vector<double> Logs(Samples values) {
  std::vector<double> logs;
  logs.reserve(values.size());
  for (const double value : values) {
    CHECK(value > 0);
    logs.push_back(std::log(value));
  }
  return logs;
}

double WeightedMean(Samples values, Samples weights) {
  CHECK(values.size() == weights.size());
  double sum = 0, total = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    CHECK(weights[i] >= 0);
    sum += weights[i] * values[i];
    total += weights[i];
  }
  CHECK(total > 0);
  return sum / total;
}

double WeightedGeometricMean(Samples values, Samples weights) {
  return std::exp(WeightedMean(Logs(values), weights));
}

Interval MeanInterval(double mean, double standard_error, double df) {
  const double infinity = std::numeric_limits<double>::infinity();
  if (!(df > 0) || !std::isfinite(standard_error)) return {-infinity, infinity};
  const double reach = StudentQuantile(0.975, df) * standard_error;
  return {mean - reach, mean + reach};
}

Interval MeanInterval(Samples values) {
  return MeanInterval(Mean(values), StandardError(values),
                      static_cast<double>(values.size()) - 1);
}

Interval Exp(const Interval& interval) {
  return {std::exp(interval[0]), std::exp(interval[1])};
}

}  // namespace kernelevolve::measure
