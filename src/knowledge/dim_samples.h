// DimSamples: dim expressions of a task as their values at a fixed set of
// points, so that two expressions are equal where their values are, however
// they are written ("2 * n" and "n + n").
#pragma once

#include <vector>

#include "core/task.h"

namespace kernelevolve {

// One value per sample point.
using DimValue = std::vector<int64_t>;

class DimSamples {
 public:
  // The task's shapes and some points of its domain, the same ones every time.
  explicit DimSamples(const Task& task);

  size_t points() const { return points_.size(); }
  DimValue Evaluate(const Expression& expression) const;
  DimValue Constant(int64_t value) const {
    return DimValue(points_.size(), value);
  }

 private:
  std::vector<Expression::Bindings> points_;
};

}  // namespace kernelevolve
