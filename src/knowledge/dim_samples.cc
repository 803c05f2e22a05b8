#include "knowledge/dim_samples.h"

#include "base/random.h"

namespace kernelevolve {
namespace {

// Enough that two different dims of even the range [1, 2] coincide at all of
// them once in four billion tasks.
constexpr int kDomainPoints = 32;

int64_t Draw(const DimRange& range, Random& random) {
  const auto span = static_cast<uint64_t>(range.high - range.low) + 1;
  return range.low + static_cast<int64_t>(random.Below(span));
}

}  // namespace

DimSamples::DimSamples(const Task& task) {
  for (const ShapeCase& shape : task.shapes) points_.push_back(BindDims(shape));
  Random random(0x5eed);
  for (int i = 0; i < kDomainPoints && !task.domain.empty(); ++i) {
    Expression::Bindings point;
    for (const auto& [name, range] : task.domain)
      point[name] = static_cast<double>(Draw(range, random));
    points_.push_back(std::move(point));
  }
}

DimValue DimSamples::Evaluate(const Expression& expression) const {
  DimValue value;
  for (const Expression::Bindings& point : points_) {
    // A point where the expression has no value counts as one of its own.
    const Result<int64_t> at = expression.EvaluateInteger(point);
    value.push_back(at ? *at : INT64_MIN);
  }
  return value;
}

}  // namespace kernelevolve
