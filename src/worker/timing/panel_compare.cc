#include "worker/timing/panel_compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "worker/judge/scalar.h"

namespace kernelevolve::worker {

double RelativeAllowance(const ExpectedOutput& expected) {
  double largest = 0;
  for (size_t i = 0; i < expected.exact.size(); ++i) {
    const double scale = std::max(std::fabs(expected.exact[i]), expected.scale);
    if (std::isfinite(scale) && scale > 0 && std::isfinite(expected.allowance[i]))
      largest = std::max(largest, expected.allowance[i] / scale);
  }
  return largest;
}

PanelComparison CompareOutputs(DType dtype, const uint8_t* candidate,
                               const uint8_t* trusted, int64_t count,
                               double relative_allowance) {
  PanelComparison result;
  result.compared = count;
  const auto bytes = static_cast<size_t>(DTypeBytes(dtype));
  if (!IsFloating(dtype)) {
    for (int64_t i = 0; i < count; ++i) {
      const size_t at = static_cast<size_t>(i) * bytes;
      result.wrong += std::memcmp(candidate + at, trusted + at, bytes) != 0;
    }
    return result;
  }
  std::vector<double> y(static_cast<size_t>(count)), b(y.size());
  WidenToDouble(dtype, candidate, count, y.data());
  WidenToDouble(dtype, trusted, count, b.data());
  double squares = 0;
  for (const double value : b) squares += value * value;
  const double scale = std::sqrt(squares / static_cast<double>(count));
  const double floor = 4 * SmallestNormal(dtype);
  for (size_t i = 0; i < y.size(); ++i) {
    const double allowed =
        2 * relative_allowance * std::max(std::fabs(b[i]), scale) + floor;
    const bool both_special = !std::isfinite(b[i]) && !std::isfinite(y[i]);
    result.wrong += !(std::fabs(y[i] - b[i]) <= allowed) && !both_special;
  }
  return result;
}

}  // namespace kernelevolve::worker
