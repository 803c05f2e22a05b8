#include "core/expression_bounds.h"

#include <algorithm>
#include <cmath>

#include "base/format.h"

namespace kernelevolve::expression {
namespace {

using Range = Expression::Range;

Range Hull(std::initializer_list<double> values) {
  return {std::min(values), std::max(values)};
}

Range Corners(const Range& a, const Range& b, double (*f)(double, double)) {
  return Hull({f(a.first, b.first), f(a.first, b.second), f(a.second, b.first),
               f(a.second, b.second)});
}

// Quotients over a divisor that keeps its sign are monotone in both arguments,
// so their extremes lie in the corners; truncation keeps the order. A real
// quotient lies within one of the truncated one, hence the margin.
Result<Range> Quotient(Op op, const Range& a, const Range& b) {
  if (b.first <= 0 && b.second >= 0) return BadInput("may divide by zero");
  if (op == Op::kRemainder) {
    const double most = std::max(std::fabs(b.first), std::fabs(b.second));
    return Range{a.first < 0 ? -most : 0, a.second > 0 ? most : 0};
  }
  const Range real = Corners(a, b, [](double x, double y) { return x / y; });
  return Range{std::floor(real.first), std::ceil(real.second)};
}

Result<Range> Combine(Op op, const Range& a, const Range& b) {
  switch (op) {
    case Op::kAdd:
      return Range{a.first + b.first, a.second + b.second};
    case Op::kSubtract:
      return Range{a.first - b.second, a.second - b.first};
    case Op::kMultiply:
      return Corners(a, b, [](double x, double y) { return x * y; });
    case Op::kDivide:
    case Op::kCeilDiv:
    case Op::kRemainder:
      return Quotient(op, a, b);
    case Op::kNegate:
      return Range{-a.second, -a.first};
    case Op::kMin:
      return Range{std::min(a.first, b.first), std::min(a.second, b.second)};
    case Op::kMax:
      return Range{std::max(a.first, b.first), std::max(a.second, b.second)};
    default:
      return Range{0, 1};  // comparisons and logic
  }
}

class Bounder {
 public:
  Bounder(const Tree& tree, const Expression::Ranges& ranges)
      : tree_(tree), ranges_(ranges) {}

  Result<Range> Of(int index) const {
    const Node& node = tree_.nodes[static_cast<size_t>(index)];
    if (node.op == Op::kNumber) return Checked({node.number, node.number});
    if (node.op == Op::kName) {
      const auto it = ranges_.find(node.name);
      if (it == ranges_.end())
        return BadInput(format("\"{}\" has no value", node.name));
      return Checked(it->second);
    }
    ASSIGN_OR_RETURN(const Range left, Of(node.left));
    Range right{0, 0};
    if (node.right >= 0) {
      ASSIGN_OR_RETURN(right, Of(node.right));
    }
    ASSIGN_OR_RETURN(const Range combined, Combine(node.op, left, right));
    return Checked(combined);
  }

 private:
  static Result<Range> Checked(const Range& range) {
    if (!(std::fabs(range.first) <= kMaxValue) ||
        !(std::fabs(range.second) <= kMaxValue))
      return BadInput("may go beyond 2^53");
    return range;
  }

  const Tree& tree_;
  const Expression::Ranges& ranges_;
};

}  // namespace

Result<Range> TreeBounds(const Tree& tree, const Expression::Ranges& ranges) {
  return Bounder(tree, ranges).Of(tree.root);
}

}  // namespace kernelevolve::expression
