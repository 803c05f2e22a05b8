#include "measure/decision.h"

namespace kernelevolve::measure {

double MarginOf(std::string_view device_kind) {
  return device_kind == "cpu" ? kCpuMargin : kGpuMargin;
}

Decision Decide(const Interval& ratio, double margin) {
  if (ratio[0] > 1 + margin) return Decision::kFaster;
  if (ratio[1] < 1 - margin) return Decision::kSlower;
  if (ratio[0] >= 1 - margin && ratio[1] <= 1 + margin) return Decision::kSame;
  return Decision::kInconclusive;
}

double Shrink(double measured, double population_mean,
              double population_variance, double noise_variance) {
  const double total = population_variance + noise_variance;
  if (!(total > 0)) return measured;
  return population_mean +
         (measured - population_mean) * population_variance / total;
}

}  // namespace kernelevolve::measure
