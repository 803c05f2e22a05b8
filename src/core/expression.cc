#include "core/expression.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/format.h"
#include "core/expression_bounds.h"
#include "core/expression_tree.h"

namespace kernelevolve {

using expression::kMaxValue;
using expression::Node;
using expression::Op;
using expression::Tree;

struct Expression::Parsed {
  std::string text;
  Tree tree;
};

namespace {

bool IsWhole(double value) { return value == std::trunc(value); }

Result<double> Divide(Op op, double left, double right) {
  if (right == 0) return BadInput("division by zero");
  // Below 2^53 whole doubles are exact integers, so both branches are exact.
  const bool whole = IsWhole(left) && IsWhole(right);
  if (op == Op::kRemainder) return std::fmod(left, right);
  if (!whole)
    return op == Op::kCeilDiv ? std::ceil(left / right) : left / right;
  const auto a = static_cast<int64_t>(left), b = static_cast<int64_t>(right);
  const bool up = op == Op::kCeilDiv && a % b != 0 && (a < 0) == (b < 0);
  return static_cast<double>(a / b + (up ? 1 : 0));
}

Result<double> Apply(Op op, double left, double right) {
  switch (op) {
    case Op::kAdd:
      return left + right;
    case Op::kSubtract:
      return left - right;
    case Op::kMultiply:
      return left * right;
    case Op::kDivide:
    case Op::kRemainder:
    case Op::kCeilDiv:
      return Divide(op, left, right);
    case Op::kNegate:
      return -left;
    case Op::kMin:
      return std::min(left, right);
    case Op::kMax:
      return std::max(left, right);
    case Op::kLess:
      return left < right;
    case Op::kLessEqual:
      return left <= right;
    case Op::kGreater:
      return left > right;
    case Op::kGreaterEqual:
      return left >= right;
    case Op::kEqual:
      return left == right;
    case Op::kNotEqual:
      return left != right;
    case Op::kNot:
      return left == 0;
    default:
      break;
  }
  CHECK(false);
}

// Recursion is bounded by the length of the text: at most 2,048 levels.
class Evaluator {
 public:
  Evaluator(const Tree& tree, const Expression::Bindings& bindings)
      : tree_(tree), bindings_(bindings) {}

  Result<double> Value(int index) const {
    const Node& node = tree_.nodes[static_cast<size_t>(index)];
    if (node.op == Op::kNumber) return node.number;
    if (node.op == Op::kName) return Bound(node.name);
    ASSIGN_OR_RETURN(const double left, Value(node.left));
    // The right side may be guarded by the left: `B != 0 and A % B == 0`.
    if (node.op == Op::kAnd && left == 0) return 0.0;
    if (node.op == Op::kOr && left != 0) return 1.0;
    double right = 0;
    if (node.right >= 0) {
      ASSIGN_OR_RETURN(right, Value(node.right));
    }
    if (node.op == Op::kAnd || node.op == Op::kOr) return right != 0;
    ASSIGN_OR_RETURN(const double value, Apply(node.op, left, right));
    if (!(std::fabs(value) <= kMaxValue)) return BadInput("beyond 2^53");
    return value;
  }

 private:
  Result<double> Bound(const std::string& name) const {
    const auto it = bindings_.find(name);
    if (it == bindings_.end())
      return BadInput(format("\"{}\" has no value", name));
    if (!(std::fabs(it->second) <= kMaxValue)) return BadInput("beyond 2^53");
    return it->second;
  }

  const Tree& tree_;
  const Expression::Bindings& bindings_;
};

}  // namespace

Expression::Expression(std::shared_ptr<const Parsed> parsed)
    : parsed_(std::move(parsed)) {}

Result<Expression> Expression::Parse(std::string_view text, bool allow_logic) {
  ASSIGN_OR_RETURN(Tree tree, expression::ParseTree(text, allow_logic));
  return Expression(std::make_shared<const Parsed>(
      Parsed{std::string(text), std::move(tree)}));
}

Expression Expression::Constant(int64_t value) {
  Tree tree;
  tree.nodes.push_back({Op::kNumber, static_cast<double>(value), "", -1, -1});
  tree.root = 0;
  return Expression(std::make_shared<const Parsed>(
      Parsed{std::to_string(value), std::move(tree)}));
}

Result<double> Expression::Evaluate(const Bindings& bindings) const {
  return Evaluator(parsed_->tree, bindings).Value(parsed_->tree.root);
}

Result<int64_t> Expression::EvaluateInteger(const Bindings& bindings) const {
  ASSIGN_OR_RETURN(const double value, Evaluate(bindings));
  if (!IsWhole(value) || std::fabs(value) > kMaxValue)
    return BadInput(format("{} is not a whole number", value));
  return static_cast<int64_t>(value);
}

Result<Expression::Range> Expression::Bounds(const Ranges& ranges) const {
  return expression::TreeBounds(parsed_->tree, ranges);
}

bool Expression::whole() const { return parsed_->tree.whole; }
const std::set<std::string>& Expression::names() const {
  return parsed_->tree.names;
}
const std::string& Expression::text() const { return parsed_->text; }

}  // namespace kernelevolve
