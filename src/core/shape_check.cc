#include "core/shape_check.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/format.h"

namespace kernelevolve {
namespace {

using Kind = ValueSpec::Kind;

struct Span {
  double low, high;
};

// What an element of the dtype can hold; 64-bit integers are limited to what
// arguments, which are doubles, can name.
Span SpanOf(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return {-65504, 65504};
    case DType::kF8E4M3:
      return {-448, 448};
    case DType::kF8E5M2:
      return {-57344, 57344};
    case DType::kI32:
      return {-0x1p31, 0x1p31 - 1};
    case DType::kI16:
      return {-0x1p15, 0x1p15 - 1};
    case DType::kI8:
      return {-128, 127};
    case DType::kU8:
      return {0, 255};
    case DType::kBool:
      return {0, 1};
    default:
      return {-0x1p53, 0x1p53};
  }
}

// One generator at one shape.
class ValueCheck {
 public:
  ValueCheck(const TensorSpec& tensor, std::vector<double> arguments,
             double count)
      : tensor_(tensor), arguments_(std::move(arguments)), count_(count) {}

  // What was expected, or "" if the arguments are right.
  std::string Run() const {
    const std::string range = CheckRange();
    return range.empty() ? CheckKind() : range;
  }

 private:
  // True where only whole numbers can be drawn.
  bool Whole() const {
    return !IsFloating(tensor_.dtype) ||
           tensor_.values.kind == Kind::kRandint ||
           tensor_.values.kind == Kind::kJaggedOffsets;
  }

  std::string CheckRange() const {
    const Span span = SpanOf(tensor_.dtype);
    for (const double argument : arguments_) {
      if (argument < span.low || argument > span.high)
        return format("arguments within {} … {} for {}", span.low, span.high,
                      DTypeName(tensor_.dtype));
      if (Whole() && argument != std::trunc(argument))
        return "whole numbers as arguments";
    }
    return "";
  }

  std::string CheckKind() const {
    const auto argument = [&](size_t i) { return arguments_[i]; };
    switch (tensor_.values.kind) {
      case Kind::kUniform:
        return argument(0) < argument(1) ? "" : "a < b";
      case Kind::kNormal:
        return argument(1) > 0 ? "" : "std > 0";
      case Kind::kRandint:
      case Kind::kSorted:
        return argument(0) <= argument(1) ? "" : "a <= b";
      case Kind::kIncreasing:
        return CheckIncreasing();
      case Kind::kPermutation:
        return count_ - 1 <= SpanOf(tensor_.dtype).high
                   ? ""
                   : "a dtype that holds 0 to the number of elements - 1";
      case Kind::kJaggedOffsets:
        return CheckOffsets();
      default:
        return "";
    }
  }

  std::string CheckIncreasing() const {
    const double width = arguments_[1] - arguments_[0];
    if (IsFloating(tensor_.dtype)) return width > 0 ? "" : "a < b";
    if (width + 1 >= count_) return "";
    return format("at least {} whole numbers from a to b, one per element",
                  count_);
  }

  std::string CheckOffsets() const {
    if (arguments_[0] < 0) return "total >= 0";
    if (count_ >= 2 || (count_ == 1 && arguments_[0] == 0)) return "";
    return "n + 1 elements for n rows, n >= 1";
  }

  const TensorSpec& tensor_;
  const std::vector<double> arguments_;
  const double count_;  // of elements
};

std::string AtShape(const ShapeCase& shape) {
  return shape.name.empty() ? "" : format(" at shape \"{}\"", shape.name);
}

std::optional<ShapeProblem> ValuesProblem(const TensorSpec& tensor,
                                          const std::string& path,
                                          const ShapeCase& shape,
                                          double count) {
  const Expression::Bindings bindings = BindDims(shape);
  std::vector<double> arguments;
  for (const Expression& expression : tensor.values.arguments) {
    const Result<double> value = expression.Evaluate(bindings);
    if (!value)
      return ShapeProblem{path + ".values",
                          format("\"{}\": {}{}", expression.text(),
                                 value.error().message, AtShape(shape)),
                          "arguments that evaluate"};
    arguments.push_back(*value);
  }
  const std::string expected =
      ValueCheck(tensor, std::move(arguments), count).Run();
  if (expected.empty()) return std::nullopt;
  return ShapeProblem{path + ".values",
                      format("\"{}\"{}", tensor.values.text, AtShape(shape)),
                      expected};
}

}  // namespace

std::vector<ShapeProblem> TensorProblems(const TensorSpec& tensor,
                                         bool is_input, const std::string& path,
                                         const ShapeCase& shape,
                                         int64_t least_extent) {
  std::vector<ShapeProblem> problems;
  const Expression::Bindings bindings = BindDims(shape);
  double count = 1, most = 1;  // of elements; with zeros counted as ones
  for (size_t i = 0; i < tensor.shape.size(); ++i) {
    const Result<int64_t> extent = tensor.shape[i].EvaluateInteger(bindings);
    const std::string key = format("{}.shape[{}]", path, i);
    if (!extent) {
      problems.push_back({key,
                          format("\"{}\": {}{}", tensor.shape[i].text(),
                                 extent.error().message, AtShape(shape)),
                          "a whole number"});
      continue;
    }
    if (*extent < least_extent)
      problems.push_back({key,
                          format("\"{}\" = {}{}", tensor.shape[i].text(),
                                 *extent, AtShape(shape)),
                          format("at least {}", least_extent)});
    count *= static_cast<double>(*extent);
    most *= static_cast<double>(std::max<int64_t>(*extent, 1));
  }
  if (!problems.empty()) return problems;
  const double bytes = most * static_cast<double>(DTypeBytes(tensor.dtype));
  if (bytes > static_cast<double>(kMaxTensorBytes))
    return {{path + ".shape", format("{:.3g} bytes{}", bytes, AtShape(shape)),
             "at most 2^40 bytes"}};
  if (!is_input) return problems;
  if (auto problem = ValuesProblem(tensor, path, shape, count))
    problems.push_back(*std::move(problem));
  return problems;
}

std::vector<ShapeProblem> ShapeProblems(const Task& task,
                                        const ShapeCase& shape,
                                        int64_t least_extent) {
  std::vector<ShapeProblem> all;
  const auto add = [&](const std::vector<TensorSpec>& tensors, bool is_input,
                       std::string_view name) {
    for (size_t i = 0; i < tensors.size(); ++i)
      for (ShapeProblem& problem :
           TensorProblems(tensors[i], is_input, format("{}[{}]", name, i),
                          shape, least_extent))
        all.push_back(std::move(problem));
  };
  add(task.inputs, true, "inputs");
  add(task.outputs, false, "outputs");
  return all;
}

}  // namespace kernelevolve
