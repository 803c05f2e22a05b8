#include "worker/judge/aligned_rows.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/random.h"
#include "worker/judge/shape_sampler.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker {
namespace {

// The input whose rows are all alike, and the one that has one such row: the first two
// of one shape.
std::optional<std::pair<size_t, size_t>> AlignedInputs(const Task& task) {
  const std::vector<size_t> inputs = SpecialInputs(task);
  for (size_t i = 0; i < inputs.size(); ++i)
    for (size_t j = i + 1; j < inputs.size(); ++j) {
      const TensorSpec &all = task.inputs[inputs[i]], &one = task.inputs[inputs[j]];
      if (all.shape.size() >= 2 && HaveSameExtents(all, one))
        return std::pair(inputs[i], inputs[j]);
    }
  return std::nullopt;
}

int64_t RowsOf(const TensorSpec& tensor, const ShapeCase& shape) {
  const std::vector<int64_t> extents = Extents(tensor, shape);
  return extents[extents.size() - 2];
}

// One of the matrices that an input consists of.
struct Matrix {
  double* begin = nullptr;
  int64_t rows = 0, columns = 0;
  NormalSpec normal;  // whose draws it holds
};

constexpr double kFaint = 0.1;  // beside the direction, of draws that deviate by 1

// Row `at`: `length` along the direction, whatever the deviation, and a little of the draws.
void Align(const Matrix& matrix, int64_t at, double length, uint64_t common_seed) {
  const auto [mean, deviation] = matrix.normal;
  const double faint = kFaint / std::max(1.0, deviation);
  for (int64_t i = 0; i < matrix.columns; ++i) {
    double& value = matrix.begin[at * matrix.columns + i];
    const double sign = MixBits(common_seed + static_cast<uint64_t>(i)) % 2 ? 1 : -1;
    value = mean + sign * length + faint * (value - mean);
  }
}

// Over the root of its columns a product of two such rows is kMost.
double LongestOf(const Matrix& matrix) {
  constexpr double kMost = 16;
  return std::sqrt(kMost / std::sqrt(static_cast<double>(matrix.columns)));
}

void AlignAll(const Matrix& matrix, uint64_t common_seed) {
  for (int64_t row = 0; row < matrix.rows; ++row)
    Align(matrix, row,
          LongestOf(matrix) * (static_cast<double>(row) + 0.5) /
              static_cast<double>(matrix.rows),
          common_seed);
}

// All rows alike, and no draws in them.
void Oppose(const Matrix& matrix, double sign, uint64_t common_seed) {
  constexpr double kFarBelow = 12000;
  const double length =
      sign * std::sqrt(kFarBelow / std::sqrt(static_cast<double>(matrix.columns)));
  for (int64_t row = 0; row < matrix.rows; ++row) {
    std::fill_n(matrix.begin + row * matrix.columns, matrix.columns, matrix.normal.mean);
    Align(matrix, row, length, common_seed);
  }
}

void AlignOne(const Matrix& matrix, int64_t chosen, uint64_t common_seed) {
  for (int64_t row = 0; row < matrix.rows; ++row)
    Align(matrix, row, row == chosen ? LongestOf(matrix) : 0, common_seed);
}

}  // namespace

bool HasOpposedTrial(const Task& task) {
  const auto inputs = AlignedInputs(task);
  if (!inputs || DTypeBytes(task.inputs[inputs->first].dtype) != 2) return false;
  const auto count = std::ranges::count_if(SpecialInputs(task), [&](size_t other) {
    return HaveSameExtents(task.inputs[inputs->first], task.inputs[other]);
  });
  return count >= 3;
}

int64_t AlignedTrials(const Task& task) { return AlignedInputs(task) ? 2 : 0; }

std::optional<ShapeCase> DrawAlignedShape(const Task& task) {
  const auto inputs = AlignedInputs(task);
  // Rows of some length: a tenth of a second of a reference.
  const std::vector<ShapeCase> shapes =
      DrawLongDims(task, {.elements = 1 << 16, .flops = 2e7});
  if (!inputs || shapes.empty()) return std::nullopt;
  return *std::ranges::max_element(shapes, {}, [&](const ShapeCase& shape) {
    return RowsOf(task.inputs[inputs->first], shape);
  });
}

void AlignRows(const Task& task, const InputCase& input_case, size_t index,
               NormalSpec normal, uint64_t common_seed, std::vector<double>& values) {
  const auto inputs = AlignedInputs(task);
  if (!inputs || (index != inputs->first && index != inputs->second)) return;
  const TensorSpec& spec = task.inputs[index];
  Matrix matrix{values.data(), RowsOf(spec, input_case.shape),
                RowLength(spec, input_case.shape), normal};
  const int64_t each = matrix.rows * matrix.columns;
  if (each < 1) return;
  const auto rows = static_cast<uint64_t>(matrix.rows);
  for (size_t at = 0; at < values.size(); at += static_cast<size_t>(each)) {
    matrix.begin = values.data() + at;
    const uint64_t any = MixBits(~common_seed + at) % rows;
    if (input_case.trial == kOpposedTrial)
      Oppose(matrix, index == inputs->first ? 1 : -1, common_seed);
    else if (index == inputs->first)
      AlignAll(matrix, common_seed);
    else
      AlignOne(matrix, input_case.trial % 2 ? static_cast<int64_t>(any) : 0, common_seed);
  }
}

}  // namespace kernelevolve::worker
