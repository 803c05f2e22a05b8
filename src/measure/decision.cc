#include "measure/decision.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/check.h"

namespace kernelevolve::measure {

std::string_view DecisionName(Decision decision) {
  switch (decision) {
    case Decision::kFaster:
      return "faster";
    case Decision::kSlower:
      return "slower";
    case Decision::kSame:
      return "same";
    case Decision::kInconclusive:
      return "inconclusive";
  }
  CHECK(false);
}

Decision Decide(const Interval& ratio, double margin) {
  if (ratio[0] > 1 + margin) return Decision::kFaster;
  if (ratio[1] < 1 - margin) return Decision::kSlower;
  if (ratio[0] >= 1 - margin && ratio[1] <= 1 + margin) return Decision::kSame;
  return Decision::kInconclusive;
}

double FasterPValue(Samples process_log_ratios, double margin) {
  if (process_log_ratios.size() < 2) return 1;
  const double excess = Mean(process_log_ratios) - std::log1p(margin);
  const double error = StandardError(process_log_ratios);
  if (!(error > 0)) return excess > 0 ? 0 : 1;
  const auto df = static_cast<double>(process_log_ratios.size() - 1);
  return StudentCdf(-excess / error, df);
}

std::vector<bool> HolmReject(const std::vector<double>& p_values,
                             double alpha) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return p_values[a] < p_values[b]; });
  std::vector<bool> rejected(p_values.size());
  for (size_t rank = 0; rank < order.size(); ++rank) {
    if (p_values[order[rank]] >
        alpha / static_cast<double>(order.size() - rank))
      break;
    rejected[order[rank]] = true;
  }
  return rejected;
}

double Shrink(double measured, double population_mean,
              double population_variance, double noise_variance) {
  const double total = population_variance + noise_variance;
  if (!(total > 0)) return measured;
  return population_mean +
         (measured - population_mean) * population_variance / total;
}

}  // namespace kernelevolve::measure
