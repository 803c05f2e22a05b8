#include "worker/judge/ties.h"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <limits>
#include <string_view>

#include "base/random.h"

namespace kernelevolve::worker {
namespace {

bool MayBeTied(const TensorSpec& spec) {
  using Kind = ValueSpec::Kind;
  return IsFloating(spec.dtype) && !spec.constant &&
         (spec.values.kind == Kind::kUniform || spec.values.kind == Kind::kNormal);
}

// Whose index is, as PyTorch documents it, the first among equals.
constexpr std::string_view kFirstAmongEquals[] = {"argmax", "argmin", "max", "min"};
// For which it documents no order.
constexpr std::string_view kOpenAmongEquals[] = {
    "topk", "sort", "argsort", "msort", "median", "nanmedian", "kthvalue", "mode",
    "cummax", "cummin", "return_indices", "max_pool1d_with_indices",
    "max_pool2d_with_indices", "max_pool3d_with_indices",
    // Behind these, what is equal by the formula may not be once it is rounded.
    "norm", "normalize", "sqrt", "rsqrt", "cosine_similarity", "softmax"};

// Which decide by comparing, whatever they return.
constexpr std::string_view kSelecting[] = {"topk", "sort", "msort", "median", "nanmedian",
                                           "kthvalue", "cummax", "cummin"};

// What uses the places of what was selected: which of two equals it was shows there.
constexpr std::string_view kFollowingIndices[] = {
    "indices", "argsort", "gather", "scatter", "scatter_add", "take_along_dim",
    "index_select", "index_add", "take"};

bool Mentions(const std::string& text, std::string_view word) {
  const auto is_part = [&](size_t at) {
    return at < text.size() &&
           (std::isalnum(static_cast<unsigned char>(text[at])) || text[at] == '_');
  };
  for (size_t at = text.find(word); at != std::string::npos;
       at = text.find(word, at + 1))
    if ((at == 0 || !is_part(at - 1)) && !is_part(at + word.size())) return true;
  return false;
}

// Whether small integers of it are exact, and so are sums of their products.
bool IsMadeExact(const TensorSpec& spec, const ShapeCase& shape) {
  if (!IsFloating(spec.dtype)) return true;
  const auto is_whole = [&](const Expression& end) {
    const double value = end.Evaluate(BindDims(shape)).value_or(0.5);
    return value == std::floor(value);
  };
  using Kind = ValueSpec::Kind;
  const Kind kind = spec.values.kind;
  return (kind == Kind::kNormal || kind == Kind::kUniform || kind == Kind::kZeros ||
          kind == Kind::kOnes) &&
         std::ranges::all_of(spec.values.arguments, is_whole);
}

// The value next to it, rounded to the dtype when it is stored.
double Neighbour(double value, DType dtype, bool above) {
  const double towards =
      (above ? 1 : -1) * std::numeric_limits<double>::infinity();
  switch (dtype) {
    case DType::kF64: return std::nextafter(value, towards);
    case DType::kF16: return value + (above ? 1 : -1) * std::fabs(value) * 0x1p-10;
    case DType::kBF16: return value + (above ? 1 : -1) * std::fabs(value) * 0x1p-7;
    default:
      return std::nextafterf(static_cast<float>(value), static_cast<float>(towards));
  }
}

// Of the dozens below `largest` in single precision.
double CloseBelow(double largest, Random& random) {
  constexpr uint64_t kClose = 64;
  return largest - std::fabs(largest) * 0x1p-22 * static_cast<double>(random.Below(kClose));
}

}  // namespace

bool DecidesByComparing(const Task& task) {
  if (!std::ranges::any_of(task.inputs, MayBeTied)) return false;
  const bool makes_whole = std::ranges::any_of(task.outputs, [](const TensorSpec& output) {
    return !IsFloating(output.dtype);
  });
  if (makes_whole || task.reference_torch.empty()) return makes_whole;
  const std::string& text = task.files.at(task.reference_torch);
  const auto is_mentioned = [&](std::string_view word) { return Mentions(text, word); };
  return std::ranges::any_of(kSelecting, is_mentioned) &&
         std::ranges::none_of(kFollowingIndices, is_mentioned);
}

bool TiesHaveOneAnswer(const Task& task, const ShapeCase& shape) {
  const auto is_index = [](const TensorSpec& output) {
    return output.dtype == DType::kI64;
  };
  if (!std::ranges::any_of(task.inputs, MayBeTied) ||
      !std::ranges::any_of(task.outputs, is_index) || task.reference_torch.empty())
    return false;
  const auto is_exact = [&](const TensorSpec& input) {
    return IsMadeExact(input, shape);
  };
  const std::string& text = task.files.at(task.reference_torch);
  const auto is_mentioned = [&](std::string_view word) { return Mentions(text, word); };
  return std::ranges::all_of(task.inputs, is_exact) &&
         std::ranges::any_of(kFirstAmongEquals, is_mentioned) &&
         std::ranges::none_of(kOpenAmongEquals, is_mentioned);
}

std::optional<size_t> TiedTo(const Task& task, size_t index) {
  const TensorSpec& spec = task.inputs[index];
  if (!MayBeTied(spec)) return std::nullopt;
  for (size_t i = 0; i < index; ++i)
    if (MayBeTied(task.inputs[i]) && task.inputs[i].dtype == spec.dtype &&
        task.inputs[i].values.kind == spec.values.kind)
      return i;
  return index;
}

void ShrinkSome(std::vector<double>& pool, uint64_t seed) {
  constexpr int kLeast = 8, kMore = 16;
  Random random(seed);
  for (double& value : pool)
    if (random.Below(4) == 0)
      value = std::ldexp(value, -kLeast - static_cast<int>(random.Below(kMore)));
}

void PlantTies(std::vector<double>& values, const std::vector<double>& pool,
               DType dtype, double low, double high, uint64_t seed) {
  constexpr uint64_t kZeroOneIn = 16;
  constexpr size_t kFew = 16;  // of the pool, so that most meet each other
  if (pool.empty()) return;
  Random random(seed);
  const double largest = *std::ranges::max_element(pool);
  for (double& value : values) {
    const uint64_t bits = random.Next();
    if (bits % kZeroOneIn == 0 && low <= 0 && high >= 0) {
      value = bits & kZeroOneIn ? 0.0 : -0.0;
      continue;
    }
    const double other = pool[random.Below(std::min(pool.size(), kFew))];
    switch (bits / kZeroOneIn % 8) {
      case 0:
      case 1: value = other; break;
      case 2: value = Neighbour(other, dtype, /*above=*/true); break;
      case 3: value = Neighbour(other, dtype, /*above=*/false); break;
      case 4:
        if (dtype == DType::kF32) value = CloseBelow(largest, random);
        break;
      default: continue;
    }
    if (value != 0) value = std::clamp(value, low, high);
  }
}

}  // namespace kernelevolve::worker
