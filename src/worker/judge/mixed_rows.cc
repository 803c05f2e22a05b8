#include "worker/judge/mixed_rows.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/random.h"
#include "worker/judge/draw.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker {
namespace {

constexpr uint64_t kNearlyConstantOneIn = 4;
constexpr double kSmallest = -10, kLargest = 6, kLargestMean = 7;  // powers of two
// A mean beside which the spread is smaller yet is nobody's to subtract.
constexpr double kLeastSpread = 1.0 / 256;
constexpr double kLargestOfNarrow = 4;
constexpr double kFar = 64, kSpreadOfFar = 4;

void MakeNearlyConstant(double* row, int64_t length, Random& random) {
  const auto at = [&] {
    return static_cast<int64_t>(random.Below(static_cast<uint64_t>(length)));
  };
  const double value = row[at()];
  const int64_t others[] = {at(), at(), random.Below(2) ? length - 1 : at()};
  const auto kept = static_cast<std::ptrdiff_t>(random.Below(std::size(others)) + 1);
  for (int64_t i = 0; i < length; ++i)
    if (std::find(others, others + kept, i) == others + kept) row[i] = value;
}

// Half of the rows have none; half of the others one of any size, the rest one where
// exponentials of single precision lose their bits and then vanish, if it is negative.
double MeanOf(Random& random) {
  double mean = 0;
  switch (random.Below(4)) {
    case 0: mean = std::exp2(kLargestMean * random.Uniform()); break;
    case 1: mean = kFar + 48 * random.Uniform(); break;
  }
  return random.Below(2) ? mean : -mean;
}

// Whether what has this index is zero here and huge there.
bool IsPaired(uint64_t common_seed, int64_t index) {
  constexpr uint64_t kOneIn = 8;
  return MixBits(common_seed + static_cast<uint64_t>(index)) % kOneIn == 0;
}

// Where a format, or what is computed in it, soon overflows sizes stay near each other.
bool IsNarrow(DType dtype) {
  return dtype != DType::kF32 && dtype != DType::kF64 && dtype != DType::kBF16;
}

// What is weighed by something else: by another input, or by constants.
std::vector<size_t> WeighedInputs(const Task& task) {
  std::vector<size_t> inputs = SpecialInputs(task);
  const auto weighs = [](const TensorSpec& input) {
    return input.constant && IsFloating(input.dtype);
  };
  if (inputs.size() == 1 && std::ranges::none_of(task.inputs, weighs)) inputs.clear();
  return inputs;
}

// What becomes of a row: times `scale` about its mean, and moved by `offset`
// deviations.
struct RowSize {
  double scale = 1, offset = 0;
};

RowSize DrawSize(Random& random) {
  const double scale =
      std::exp2(kSmallest + (kLargest - kSmallest) * random.Uniform());
  return {scale, MeanOf(random)};
}

// The largest, `most` deviations from the mean, comes where exponentials of single
// precision have few bits, but do not vanish yet: a softmax that subtracts nothing is
// coarse there. A few outweigh the rest.
RowSize DrawLossySize(double most, Random& random) {
  return {kSpreadOfFar, -(98 + 4 * random.Uniform()) - kSpreadOfFar * most};
}

// Row `index` behind the two that are special in any case: which of `spreads` it has.
std::optional<double> SpreadOf(uint64_t index, uint64_t rows, uint64_t constant_row,
                               const std::vector<double>& spreads) {
  constexpr uint64_t kBefore = 2, kRowsEach = 3;
  const uint64_t behind = (index + rows - constant_row) % rows;
  const uint64_t turn = (behind - kBefore) / kRowsEach;
  if (behind < kBefore || turn >= spreads.size() || rows < kBefore + 4)
    return std::nullopt;
  return spreads[turn];
}

struct DrawnRow {
  double* begin = nullptr;
  int64_t length = 0;
  NormalSpec normal;  // whose draws it holds
  DType dtype = DType::kF32;
};

// One value weighs about as much as all others together, or by up to four, in single
// precision by up to twelve powers of e more; `share` says by how much of that.
void MakeOutweighed(const DrawnRow& row, double share, Random& random) {
  constexpr double kNear = 0.05, kLeast = 0.5, kMost = 4, kMostOfSingle = 12;
  const double mean = row.normal.mean;
  for (int64_t i = 0; i < row.length; ++i)
    row.begin[i] = mean + kNear * (row.begin[i] - mean);
  const double most = row.dtype == DType::kF32 ? kMostOfSingle : kMost;
  row.begin[random.Below(static_cast<uint64_t>(row.length))] =
      mean + std::log(static_cast<double>(row.length)) + kLeast + most * share;
}

// All values around 86: the largest number of single precision is e^88.7.
void MakeCrowded(const DrawnRow& row) {
  constexpr double kCrowded = 86, kNear = 0.3;
  for (int64_t i = 0; i < row.length; ++i)
    row.begin[i] = kCrowded + kNear * (row.begin[i] - row.normal.mean) /
                                  row.normal.deviation;
}

struct BeforeConstant {
  uint64_t rows = 0, of = 0;
};

// Whether the row, so many before the one that is constant, is one of those asked for;
// then it is made so.
bool MakeAsked(const DrawnRow& row, const AskedRows& asked, BeforeConstant at,
               Random& random) {
  constexpr uint64_t kMany = 12, kSome = 4, kOutweighedOfMany = 3;
  // Far below what masks add to scores that are not to count, and the same everywhere,
  // so that whoever starts from some least number is wrong and the most hurried sum
  // of exponentials right.
  constexpr double kLowest = -20'000;
  if (at.of < kSome && asked.outweighed_of_few && at.rows == 0) {
    MakeOutweighed(row, random.Uniform(), random);
    return true;
  }
  if (at.of >= kMany && at.rows == 1 && asked.lowest && !IsNarrow(row.dtype)) {
    std::fill_n(row.begin, row.length,
                row.normal.mean + kLowest * row.normal.deviation);
    return true;
  }
  if (at.of >= kMany && at.rows == 2 + kOutweighedOfMany && asked.outweighed &&
      !IsNarrow(row.dtype)) {
    MakeCrowded(row);
    return true;
  }
  const uint64_t turn = at.rows - 2;
  const uint64_t turns = at.of >= kMany ? kOutweighedOfMany : at.of >= kSome ? 1 : 0;
  if (!asked.outweighed || at.rows < 2 || turn >= turns) return false;
  MakeOutweighed(row,
                 (static_cast<double>(turn) + random.Uniform()) /
                     static_cast<double>(turns),
                 random);
  return true;
}

RowSize Allowed(RowSize size, DType dtype) {
  if (IsNarrow(dtype))
    size = {std::min(size.scale, kLargestOfNarrow),
            std::clamp(size.offset, -kLargestOfNarrow, kLargestOfNarrow)};
  size.scale = std::max(size.scale, std::fabs(size.offset) * kLeastSpread);
  if (std::fabs(size.offset) >= kFar) size.scale = std::min(size.scale, kSpreadOfFar);
  return size;
}

// What transforms its inputs first leaves residues of what is huge.
bool MayTransform(const Task& task) {
  return std::ranges::any_of(task.outputs, [](const TensorSpec& output) {
    return output.nonfinite == NonFinite::kUnspecified;
  });
}

}  // namespace

std::vector<int64_t> MixRows(std::vector<double>& values, int64_t row,
                             NormalSpec normal, DType dtype, uint64_t seed,
                             const AskedRows& asked) {
  const auto [mean, deviation] = normal;
  const auto count = static_cast<int64_t>(values.size());
  std::vector<int64_t> kept;
  if (row < 1 || count % row != 0 || !(deviation > 0)) return kept;
  // Of several rows one at least is nearly constant, and another at least is lossy.
  const auto rows = static_cast<uint64_t>(count / row);
  const uint64_t constant_row = rows < 2 ? rows : MixBits(~seed) % rows;
  const uint64_t lossy_row = rows < 2 ? rows : (constant_row + 1) % rows;
  for (uint64_t index = 0; index < rows; ++index) {
    double* const own = values.data() + static_cast<int64_t>(index) * row;
    Random random(MixBits(seed + index));
    const bool lossy = index == lossy_row;
    const auto most = [&] {
      return (*std::max_element(own, own + row) - mean) / deviation;
    };
    RowSize size = Allowed(
        lossy ? DrawLossySize(most(), random) : DrawSize(random), dtype);
    const auto spread = SpreadOf(index, rows, constant_row, asked.spreads);
    if (spread) size = {*spread / deviation * (0.8 + 0.4 * random.Uniform()), 0};
    if (!spread && MakeAsked({own, row, normal, dtype}, asked,
                             {(constant_row + rows - index) % rows, rows}, random)) {
      if (own[0] > kFar) kept.push_back(static_cast<int64_t>(index) * row);
      continue;
    }
    if (lossy) kept.push_back(static_cast<int64_t>(index) * row);
    const bool constant =
        index == constant_row ||
        (!lossy && !spread && random.Below(kNearlyConstantOneIn) == 0);
    for (int64_t i = 0; i < row; ++i)
      own[i] = mean + size.scale * (own[i] - mean) + size.offset * deviation;
    if (constant) MakeNearlyConstant(own, row, random);
  }
  return kept;
}

std::vector<double> SpreadsOfAttributes(const Task& task, const ShapeCase& shape) {
  constexpr double kSmall = 0.1;
  std::vector<double> spreads;
  for (const double value : task.AttributeValues(shape))
    if (value > 0 && value < kSmall) spreads.push_back(std::sqrt(value));
  return spreads;
}

void ShrinkSlices(std::vector<double>& values, int64_t extent, DType dtype,
                  uint64_t seed, const std::vector<int64_t>& kept) {
  constexpr int64_t kFewest = 4;
  constexpr uint64_t kOneIn = 4;
  const auto count = static_cast<int64_t>(values.size());
  if (IsNarrow(dtype) || extent < kFewest || count % extent != 0) return;
  const int64_t slice = count / extent;
  for (int64_t i = 0; i < count; ++i)
    if (MixBits(seed + static_cast<uint64_t>(i / slice)) % kOneIn == 0 &&
        std::ranges::none_of(
            kept, [&](int64_t element) { return i / slice == element / slice; }))
      values[static_cast<size_t>(i)] *= 0x1p-20;
}

bool StayApart(const Task& task) {
  const std::vector<size_t> inputs = SpecialInputs(task);
  return inputs.size() == 1 && !MayTransform(task) &&
         HaveSameExtents(task.inputs[inputs[0]], task.outputs[0]);
}

int64_t MixedTrials(const Task& task) {
  const auto inputs = static_cast<int64_t>(SpecialInputs(task).size());
  return inputs > 1 || StayApart(task) ? 2 * inputs : inputs;
}

MixedPart MixedPartOf(const Task& task, const InputCase& input_case, size_t index) {
  if (input_case.family != InputFamily::kMixedRows) return MixedPart::kNothing;
  const std::vector<size_t> inputs = SpecialInputs(task);
  // Zeros alone would be the largest of a row of negative numbers.
  if (inputs.size() < 2 || std::ranges::count(inputs, index) == 0)
    return MixedPart::kNothing;
  const auto trial = static_cast<size_t>(input_case.trial);
  if (inputs[trial % inputs.size()] == index) return MixedPart::kZeroColumns;
  if (MayTransform(task)) return MixedPart::kNothing;
  return trial / inputs.size() % 2 ? MixedPart::kHugeColumns : MixedPart::kHugeRows;
}

int64_t UnevenTrials(const Task& task) {
  return static_cast<int64_t>(WeighedInputs(task).size());
}

bool HasUnevenRows(const Task& task, const InputCase& input_case, size_t index) {
  if (input_case.family != InputFamily::kUneven) return false;
  const std::vector<size_t> inputs = WeighedInputs(task);
  return !inputs.empty() &&
         inputs[static_cast<size_t>(input_case.trial) % inputs.size()] == index;
}

void EnlargeRows(std::vector<double>& values, int64_t row, double mean, DType dtype,
                 uint64_t seed) {
  constexpr uint64_t kOneIn = 64;
  constexpr double kLeast = 12, kMost = 20;  // powers of two
  const auto count = static_cast<int64_t>(values.size());
  if (row < 1 || count < row || count % row != 0) return;
  Random random(seed);
  const auto always =
      static_cast<int64_t>(random.Below(static_cast<uint64_t>(count / row)));
  for (int64_t at = 0; at < count / row; ++at) {
    const double share = at == always ? 1 : random.Uniform();
    double factor = std::exp2(kLeast + (kMost - kLeast) * share);
    if (IsNarrow(dtype)) factor = std::exp2(kLargestOfNarrow * share);
    if (random.Below(kOneIn) != 0 && at != always) continue;
    for (int64_t i = at * row; i < (at + 1) * row; ++i) {
      double& value = values[static_cast<size_t>(i)];
      value = mean + factor * (value - mean);
    }
  }
}

void Spread(std::vector<double>& values, int64_t row, double mean, uint64_t seed) {
  // Of two such inputs a product has nine deviations, or thirty: exponentials of it
  // are of every size down to 2^-40 or so of the largest, and in the others the
  // largest of a whole tile may be a ten thousandth of the row's.
  constexpr double kLeast = 3, kMost = 6;
  if (row < 1) row = 1;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto index = static_cast<int64_t>(i) / row;
    const double factor = kLeast + (kMost - kLeast) * UniformAt(seed, index);
    values[i] = mean + factor * (values[i] - mean);
  }
}

void PlantMixedPart(std::vector<double>& values, int64_t row, MixedPart part,
                    DType dtype, uint64_t common_seed) {
  constexpr double kHuge = 0x1p22;
  if (part == MixedPart::kNothing || row < 1) return;
  if (part != MixedPart::kZeroColumns && IsNarrow(dtype)) return;
  const double factor = part == MixedPart::kZeroColumns ? 0 : kHuge;
  for (size_t i = 0; i < values.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    const int64_t paired = part == MixedPart::kHugeRows ? at / row : at % row;
    if (IsPaired(common_seed, paired)) values[i] *= factor;
  }
}

}  // namespace kernelevolve::worker
