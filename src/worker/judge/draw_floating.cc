#include <algorithm>
#include <bit>
#include <cmath>
#include <functional>
#include <limits>

#include "base/random.h"
#include "worker/judge/draw.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kGolden = 0x9e3779b97f4a7c15ull;
constexpr int kQuantileBits = 12;

uint64_t BitsAt(uint64_t seed, int64_t index) {
  return MixBits(seed + (static_cast<uint64_t>(index) + 1) * kGolden);
}

double NormalQuantile(double p) {
  double low = -9, high = 9;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (0.5 * std::erfc(-middle * M_SQRT1_2) < p ? low : high) = middle;
  }
  return (low + high) / 2;
}

// Stretches of one length: full, empty, empty but for one place, and empty but for
// the last few. Who looks at samples of a stretch sees no difference.
bool IsEmptyAt(uint64_t seed, int64_t index) {
  constexpr uint64_t kShortest = 64, kMore = 512;
  const auto length = static_cast<int64_t>(kShortest + MixBits(seed) % kMore);
  const int64_t at = index % length;
  const uint64_t bits = BitsAt(seed + kGolden, index / length);
  switch (bits % 8) {
    case 0:
    case 1: return false;
    case 2:
    case 3: return true;
    case 4: return at < length - length / 16;
    default: return at != static_cast<int64_t>((bits >> 8) % static_cast<uint64_t>(length));
  }
}

// A value of the family in "standard" units, given the standard draw z.
double Reshape(InputFamily family, double z, uint64_t bits, int64_t index) {
  switch (family) {
    case InputFamily::kStructured:
      return (static_cast<double>((index * 7) % 17) - 8) / 8;
    case InputFamily::kCancelling:
      // Neighbours cancel in the order of the index, and as well in the order of
      // vector lanes and blocks: whoever sums is as lucky.
      return (std::popcount(static_cast<uint64_t>(index)) % 2 ? -1 : 1) *
             (100 + 0.01 * z);
    case InputFamily::kLarge: return 64 * z;
    case InputFamily::kTiny: return 1e-3 * z;
    case InputFamily::kSparse:
      return bits % 4 == 0 ? z : bits % 8 == 1 ? -0.0 : 0.0;
    case InputFamily::kSmallIntegers:
      return static_cast<double>(bits % 5) - 2;
    case InputFamily::kOutlier:
      return index % 97 == static_cast<int64_t>(bits % 2) ? 1e4 * z : z;
    // Squares of the mean hide the spread from who subtracts them.
    case InputFamily::kOffset: return 16 + 0.1 * z;
    default: return z;
  }
}

double SpecialOr(double value, uint64_t bits) {
  switch (bits % 61) {
    case 0: return AnyNan(bits / 61);
    case 1: return std::numeric_limits<double>::infinity();
    case 2: return -std::numeric_limits<double>::infinity();
    default: return value;
  }
}

double DrawNormal(InputFamily family, const std::vector<double>& arguments,
                  const NormalSource& source, uint64_t seed, int64_t index) {
  const uint64_t bits = BitsAt(seed ^ kGolden, index);
  const int64_t at = family == InputFamily::kAllEqual ? 0 : index;
  const bool empty = family == InputFamily::kPatchy && IsEmptyAt(seed, index);
  const double z = empty ? 0 : Reshape(family, source.At(seed, at), bits, index);
  // Adding a mean of 0 would leave no -0.0.
  const double spread = arguments[1] * z;
  const double value = arguments[0] == 0 ? spread : arguments[0] + spread;
  return family == InputFamily::kSpecial ? SpecialOr(value, bits) : value;
}

constexpr double kCluster = 1.0 / 256;  // of the interval, somewhere in it

// Stays within [a, b] for every family.
double DrawUniform(InputFamily family, const std::vector<double>& arguments,
                   uint64_t seed, int64_t index) {
  const double a = arguments[0], b = arguments[1];
  const int64_t at = family == InputFamily::kAllEqual ? 0 : index;
  double share = UniformAt(seed, at);
  if (family == InputFamily::kStructured)
    share = static_cast<double>((index * 7) % 17) / 16;
  else if (family == InputFamily::kLarge)
    share = 1 - share / 64;  // near the upper end
  else if (family == InputFamily::kTiny)
    share = share / 64;  // near the lower end
  else if (family == InputFamily::kCancelling || family == InputFamily::kOutlier)
    share = index % 2 ? share * 1e-3 : 1 - share * 1e-3;
  else if (family == InputFamily::kSparse && BitsAt(seed ^ kGolden, index) % 4)
    share = UniformAt(seed ^ kGolden, -2) * (1 - kCluster) + share * kCluster;
  else if (family == InputFamily::kSmallIntegers)
    share = std::floor(share * 5) / 4;  // five values, both ends among them
  else if (family == InputFamily::kPatchy && IsEmptyAt(seed, index))
    share = 0;
  return std::clamp(a + (b - a) * share, a, b);
}

// Values that may stand in any order are put into the family's.
void Order(InputFamily family, std::vector<double>& values) {
  if (family == InputFamily::kAscending)
    std::sort(values.begin(), values.end());
  if (family == InputFamily::kDescending)
    std::sort(values.begin(), values.end(), std::greater<>());
}

}  // namespace

NormalSource::NormalSource() {
  constexpr int kCount = 1 << kQuantileBits;
  for (int i = 0; i <= kCount; ++i)
    quantiles_.push_back(NormalQuantile(
        std::clamp(static_cast<double>(i) / kCount, 1e-6, 1 - 1e-6)));
}

double NormalSource::At(uint64_t seed, int64_t index) const {
  const uint64_t bits = BitsAt(seed, index);
  const size_t cell = bits >> (64 - kQuantileBits);
  const double fraction =
      static_cast<double>((bits << kQuantileBits) >> 12) * 0x1p-52;
  return quantiles_[cell] + fraction * (quantiles_[cell + 1] - quantiles_[cell]);
}

double UniformAt(uint64_t seed, int64_t index) {
  return static_cast<double>(BitsAt(seed, index) >> 11) * 0x1p-53;
}

std::vector<double> DrawFloating(const ValueSpec& spec,
                                 const std::vector<double>& arguments,
                                 InputFamily family, uint64_t seed,
                                 int64_t count) {
  using Kind = ValueSpec::Kind;
  static const NormalSource source;  // immutable table, built on first use
  std::vector<double> values(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) {
    double& value = values[static_cast<size_t>(i)];
    switch (spec.kind) {
      case Kind::kNormal:
        value = DrawNormal(family, arguments, source, seed, i);
        break;
      case Kind::kZeros: value = 0; break;
      case Kind::kOnes: value = 1; break;
      case Kind::kConstant: value = arguments[0]; break;
      case Kind::kChoice:
        value = arguments[BitsAt(seed, i) % arguments.size()];
        break;
      case Kind::kRandint:
        value = std::floor(arguments[0] + UniformAt(seed, i) *
                                              (arguments[1] - arguments[0] + 1));
        break;
      default: value = DrawUniform(family, arguments, seed, i);
    }
  }
  if (spec.kind == Kind::kNormal || spec.kind == Kind::kUniform)
    Order(family, values);
  if (spec.kind == Kind::kSorted || spec.kind == Kind::kIncreasing)
    std::sort(values.begin(), values.end());
  if (spec.kind == Kind::kIncreasing) {
    // Strictly: evenly spread with jitter below the spacing.
    const double step = (arguments[1] - arguments[0]) / static_cast<double>(count);
    for (int64_t i = 0; i < count; ++i)
      values[static_cast<size_t>(i)] =
          arguments[0] + (static_cast<double>(i) + 0.8 * UniformAt(seed, i)) * step;
  }
  return values;
}

}  // namespace kernelevolve::worker
