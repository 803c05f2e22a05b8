#include "worker/judge/rising_rows.h"

#include <algorithm>
#include <cmath>

namespace kernelevolve::worker {
namespace {

constexpr double kSmallest = -20, kLargest = 20, kSmallestOfHalves = -8;  // powers of two

bool Rises(const TensorSpec& spec) {
  return spec.values.kind == ValueSpec::Kind::kNormal && IsFloating(spec.dtype);
}

}  // namespace

int64_t RisingTrials(const Task& task) {
  int64_t trials = 0;
  for (const TensorSpec& input : task.inputs)
    if (Rises(input)) trials = std::max<int64_t>(trials, input.shape.size() == 1 ? 2 : 1);
  return trials;
}

void RiseRows(const TensorSpec& spec, const std::vector<double>& arguments, int64_t row,
              int64_t trial, std::vector<double>& values) {
  if (!Rises(spec) || row < 2) return;
  const double mean = arguments[0];
  const double largest = DTypeBytes(spec.dtype) <= 2 ? 0 : kLargest;
  const bool narrow = DTypeBytes(spec.dtype) == 1 || spec.dtype == DType::kF16;
  const double smallest = narrow ? kSmallestOfHalves : kSmallest;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto column = static_cast<int64_t>(i) % row;
    const bool falls = (static_cast<int64_t>(i) / row + trial) % 2;
    const double share =
        static_cast<double>(falls ? row - 1 - column : column) / static_cast<double>(row - 1);
    const double power = smallest + (largest - smallest) * share;
    values[i] = mean + (values[i] - mean) * std::exp2(power);
  }
}

}  // namespace kernelevolve::worker
