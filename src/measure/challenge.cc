#include "measure/challenge.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "measure/student.h"

namespace kernelevolve::measure {

double ChanceOfNoLead(const Estimate& challenger, const Estimate& holder,
                      double margin) {
  const double lead = challenger.log() - holder.log() - std::log1p(margin);
  const double one = challenger.log_error * challenger.log_error;
  const double other = holder.log_error * holder.log_error;
  if (!std::isfinite(one + other) || challenger.df <= 0 || holder.df <= 0) return 1;
  if (one + other == 0) return lead > 0 ? 0 : 1;
  // Welch and Satterthwaite.
  const double df = (one + other) * (one + other) /
                    (one * one / challenger.df + other * other / holder.df);
  return StudentCdf(-lead / std::sqrt(one + other), df);
}

std::vector<bool> HolmRejects(const std::vector<double>& p_values, double error) {
  std::vector<size_t> order(p_values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(order, {}, [&](size_t i) { return p_values[i]; });
  std::vector<bool> rejected(p_values.size(), false);
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const auto left = static_cast<double>(order.size() - rank);
    if (p_values[order[rank]] * left > error) break;
    rejected[order[rank]] = true;
  }
  return rejected;
}

}  // namespace kernelevolve::measure
