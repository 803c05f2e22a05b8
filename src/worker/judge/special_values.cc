#include "worker/judge/special_values.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/random.h"

namespace kernelevolve::worker {
namespace {

constexpr int64_t kStretch = 512;  // values, rounded up to whole rows

enum class Mixture { kPlus, kMinus, kBoth, kNan };
constexpr int kMixtures = 4;
enum class Density { kMany, kFew, kOneInEachRow };
constexpr int kDensities = 3;

// The trials of every input come one kind after the other.
enum class TrialKind { kMany, kLone, kBare };
static_assert(static_cast<int64_t>(TrialKind::kBare) + 1 == kTrialKinds);

TrialKind KindOfTrial(const Task& task, const InputCase& input_case) {
  const auto inputs = static_cast<int64_t>(SpecialInputs(task).size());
  if (inputs == 0) return TrialKind::kMany;
  return static_cast<TrialKind>(input_case.trial / inputs % kTrialKinds);
}

double SpecialOf(Mixture mixture, Random& random) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (mixture) {
    case Mixture::kPlus: return kInfinity;
    case Mixture::kMinus: return -kInfinity;
    case Mixture::kBoth: return random.Below(2) ? kInfinity : -kInfinity;
    case Mixture::kNan: return AnyNan(random.Next());
  }
  return kInfinity;
}

struct Rows {
  double* begin;
  int64_t length;
  int64_t count;
};

void PlantOneInEachRow(const Rows& rows, Mixture mixture, Random& random) {
  for (int64_t row = 0; row < rows.count; ++row) {
    const auto anywhere =
        static_cast<int64_t>(random.Below(static_cast<uint64_t>(rows.length)));
    const int64_t at = row % 2 ? anywhere : rows.length - 1;
    rows.begin[row * rows.length + at] = SpecialOf(mixture, random);
  }
}

void PlantHereAndThere(const Rows& rows, Density density, Mixture mixture,
                       Random& random) {
  const uint64_t one_in = density == Density::kMany ? 8 : 64;
  for (int64_t i = 0; i < rows.length * rows.count; ++i)
    if (random.Below(one_in) == 0) rows.begin[i] = SpecialOf(mixture, random);
}

// As where a mask leaves nothing.
void PlantMaskedRow(const Rows& rows, Random& random) {
  constexpr int64_t kFewest = 8;
  if (rows.count < kFewest) return;
  const auto at = static_cast<int64_t>(random.Below(static_cast<uint64_t>(rows.count)));
  std::fill_n(rows.begin + at * rows.length, rows.length,
              SpecialOf(Mixture::kMinus, random));
}

}  // namespace

double AnyNan(uint64_t bits) {
  return std::copysign(std::numeric_limits<double>::quiet_NaN(), bits % 2 ? -1 : 1);
}

std::vector<size_t> SpecialInputs(const Task& task) {
  std::vector<size_t> inputs;
  for (size_t i = 0; i < task.inputs.size(); ++i) {
    const TensorSpec& tensor = task.inputs[i];
    if (IsFloating(tensor.dtype) && !tensor.constant &&
        tensor.values.kind == ValueSpec::Kind::kNormal)
      inputs.push_back(i);
  }
  return inputs;
}

double OffsetFactor(const Task& task, const InputCase& input_case, size_t index) {
  // Half precision holds no such scores.
  const double far = task.inputs[index].dtype == DType::kF16 ? 1 : 3;
  if (input_case.family != InputFamily::kOffset) return 1;
  const std::vector<size_t> inputs = SpecialInputs(task);
  if (inputs.size() < 2) return 1;
  return inputs[0] == index ? far : inputs[1] == index ? -far : 1;
}

bool HasSpecialRows(const Task& task, const InputCase& input_case,
                    size_t index) {
  if (input_case.family != InputFamily::kSpecialRows) return false;
  const std::vector<size_t> inputs = SpecialInputs(task);
  return !inputs.empty() &&
         inputs[static_cast<size_t>(input_case.trial) % inputs.size()] == index;
}

bool MeetsSpecialRows(const Task& task, const InputCase& input_case,
                      size_t index) {
  if (input_case.family != InputFamily::kSpecialRows) return false;
  const std::vector<size_t> inputs = SpecialInputs(task);
  return std::ranges::count(inputs, index) > 0 &&
         !HasSpecialRows(task, input_case, index);
}

void PlantZeroColumns(std::vector<double>& values, int64_t row, uint64_t seed) {
  constexpr uint64_t kOneIn = 4;
  constexpr int64_t kFewest = 4;  // or all may be zero, which hides the rest
  if (row < kFewest) return;
  for (size_t i = 0; i < values.size(); ++i)
    if (MixBits(seed + i % static_cast<size_t>(row)) % kOneIn == 0) values[i] = 0;
}

int64_t LoneTrial(const Task& task, int64_t trial) {
  return trial + static_cast<int64_t>(SpecialInputs(task).size());
}

bool IsLoneTrial(const Task& task, const InputCase& input_case) {
  return KindOfTrial(task, input_case) == TrialKind::kLone;
}

int64_t BareTrial(const Task& task, int64_t trial) {
  return trial + 2 * static_cast<int64_t>(SpecialInputs(task).size());
}

bool IsBareTrial(const Task& task, const InputCase& input_case) {
  return KindOfTrial(task, input_case) == TrialKind::kBare;
}

void PlantLoneSpecials(std::vector<double>& values, int64_t row, uint64_t seed) {
  const int64_t rows = row < 1 ? 0 : static_cast<int64_t>(values.size()) / row;
  if (rows < 1) return;
  // One in each of as many stretches of rows and of columns.
  const int64_t count = std::max<int64_t>(1, std::min(rows, row) / 2);
  Random random(seed);
  const auto within = [&](int64_t extent, int64_t stretch) {
    const int64_t length = extent / count;
    return stretch * length +
           static_cast<int64_t>(random.Below(static_cast<uint64_t>(length)));
  };
  std::vector<int64_t> columns(static_cast<size_t>(count));
  std::iota(columns.begin(), columns.end(), 0);
  random.Shuffle(columns);
  for (int64_t i = 0; i < count; ++i) {
    const int64_t at = within(rows, i) * row + within(row, columns[static_cast<size_t>(i)]);
    values[static_cast<size_t>(at)] =
        SpecialOf(static_cast<Mixture>(random.Below(kMixtures)), random);
  }
}

void PlantZeroRows(std::vector<double>& values, int64_t row, uint64_t seed) {
  // A third of them, or nearly all: who looks for zeros looks at whole tiles.
  const bool most = MixBits(seed + 1) % 2 == 0;
  constexpr size_t kFewest = 4;
  const auto is_zero = [&](size_t at) {
    const uint64_t bits = MixBits(~seed + at);
    return most ? bits % 16 != 0 : bits % 3 == 0;
  };
  if (row < 1 || values.size() / static_cast<size_t>(row) < kFewest) return;
  for (size_t i = 0; i < values.size(); ++i)
    if (is_zero(i / static_cast<size_t>(row))) values[i] = 0;
}

bool HaveSameExtents(const TensorSpec& a, const TensorSpec& b) {
  return std::ranges::equal(a.shape, b.shape, {}, &Expression::text, &Expression::text);
}

int64_t RowLength(const TensorSpec& tensor, const ShapeCase& shape) {
  if (tensor.shape.empty()) return 1;
  return tensor.shape.back().EvaluateInteger(BindDims(shape)).value_or(1);
}

void PlantSpecials(std::vector<double>& values, int64_t row, uint64_t seed) {
  const auto count = static_cast<int64_t>(values.size());
  if (row < 1 || count % row != 0) return;
  Random random(seed);
  const int64_t rows_of_stretch = (kStretch + row - 1) / row;
  // The counts have no common divisor: every pair has its turn.
  auto mixture = static_cast<int>(random.Below(kMixtures));
  auto density = static_cast<int>(random.Below(kDensities));
  for (int64_t first = 0; first * row < count; first += rows_of_stretch) {
    const Rows rows{values.data() + first * row, row,
                    std::min(rows_of_stretch, count / row - first)};
    mixture = (mixture + 1) % kMixtures;
    density = (density + 1) % kDensities;
    if (static_cast<Density>(density) == Density::kOneInEachRow)
      PlantOneInEachRow(rows, static_cast<Mixture>(mixture), random);
    else
      PlantHereAndThere(rows, static_cast<Density>(density),
                        static_cast<Mixture>(mixture), random);
  }
  PlantMaskedRow({values.data(), row, count / row}, random);
}

}  // namespace kernelevolve::worker
