#include "worker/judge/strided_rows.h"

#include <cmath>
#include <optional>

#include "base/random.h"

namespace kernelevolve::worker {
namespace {

constexpr double kTop = 1.0 / 16;  // of a uniform interval

struct Stride {
  int64_t width, stride, place;

  bool Holds(int64_t column) const {
    return column >= place && (column - place) % stride < width;
  }
};

// Any that leaves a row room for enough.
std::optional<Stride> DrawStride(int64_t row, Random& random) {
  constexpr int64_t kShortest = 32, kFewest = 8;
  constexpr int kMostChoices = 6;  // up to 1024
  const int64_t width = int64_t{1} << random.Below(3);
  int choices = 0;
  while (choices < kMostChoices && (kShortest << choices) * kFewest <= row * width)
    ++choices;
  if (choices == 0) return std::nullopt;
  const int64_t stride = kShortest << random.Below(static_cast<uint64_t>(choices));
  const auto lanes = static_cast<uint64_t>(stride / width);
  return Stride{width, stride, static_cast<int64_t>(random.Below(lanes)) * width};
}

double Raised(const ValueSpec& spec, const std::vector<double>& arguments, double value,
              bool largest) {
  const double a = arguments[0], b = arguments[1];
  if (spec.kind == ValueSpec::Kind::kNormal)
    return largest ? a + 3 * b + std::fabs(value - a) : value;
  return largest ? b - (b - value) * kTop : a + (value - a) * (1 - kTop);
}

}  // namespace

void StrideRows(const ValueSpec& spec, const std::vector<double>& arguments, int64_t row,
                uint64_t seed, std::vector<double>& values) {
  using Kind = ValueSpec::Kind;
  if ((spec.kind != Kind::kNormal && spec.kind != Kind::kUniform) || row <= 0) return;
  Random random(seed);
  for (size_t begin = 0; begin < values.size(); begin += static_cast<size_t>(row)) {
    const auto stride = DrawStride(row, random);
    if (!stride) continue;
    for (int64_t i = 0; i < row && begin + static_cast<size_t>(i) < values.size(); ++i) {
      double& value = values[begin + static_cast<size_t>(i)];
      value = Raised(spec, arguments, value, stride->Holds(i));
    }
  }
}

}  // namespace kernelevolve::worker
