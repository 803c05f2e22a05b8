// Arithmetic over named integers: shapes ("ceildiv(n, 64)"), costs
// ("5 * rows * cols"), and the constraints of ke:tune ("BM * BK <= 8192 and …").
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace kernelevolve {

// Immutable and cheap to copy; safe to share between threads.
class Expression {
 public:
  using Bindings = std::map<std::string, double, std::less<>>;

  // Grammar: + - * / % (integer division and remainder where both sides are
  // whole, as in C), unary -, parentheses, numbers, names, ceildiv(a, b),
  // min(a, …), max(a, …); with `allow_logic` also comparisons, and, or, not,
  // true, false. Text of more than 4,096 bytes or nested deeper than 64 levels
  // is refused. Errors are kBadInput and quote the offending token.
  static Result<Expression> Parse(std::string_view text, bool allow_logic = false);

  static Expression Constant(int64_t value);

  // Errors: an unbound name, a division by zero, a result beyond 2^53.
  Result<double> Evaluate(const Bindings& bindings) const;
  // As Evaluate, and the value must be whole.
  Result<int64_t> EvaluateInteger(const Bindings& bindings) const;

  // Bounds of the value where each name lies anywhere in its interval (both
  // ends included); not always tight. Errors: as Evaluate, wherever one could
  // occur, so that success proves that Evaluate succeeds on all of the box.
  using Range = std::pair<double, double>;
  using Ranges = std::map<std::string, Range, std::less<>>;
  Result<Range> Bounds(const Ranges& ranges) const;

  // True if every number in it is whole: then so is every value over whole
  // bindings.
  bool whole() const;
  // The names it reads.
  const std::set<std::string>& names() const;
  const std::string& text() const;

 private:
  struct Parsed;
  explicit Expression(std::shared_ptr<const Parsed> parsed);
  std::shared_ptr<const Parsed> parsed_;
};

}  // namespace kernelevolve
