#include "worker/timing/panel_compare.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "worker/judge/scalar.h"
#include "worker/judge/vectorized.h"

namespace kernelevolve::worker {
namespace {

constexpr int64_t kBlock = 1024;  // stays in the first cache

KE_VECTORIZED double SumOfSquares(const double* values, int64_t count) {
  double sum = 0;
#pragma omp simd reduction(+ : sum)
  for (int64_t i = 0; i < count; ++i) sum += values[i] * values[i];
  return sum;
}

struct Differences {
  int64_t far = 0;
  double squares = 0;
};

// Elements of y further from b than is allowed; what is not finite counts.
// `scale` is positive.
KE_VECTORIZED Differences Differ(const double* y, const double* b, int64_t count,
                                 double relative, double scale, double floor) {
  int64_t far = 0;
  double squares = 0;
#pragma omp simd reduction(+ : far, squares)
  for (int64_t i = 0; i < count; ++i) {
    const double size = std::fabs(b[i]) > scale ? std::fabs(b[i]) : scale;
    const double difference = std::fabs(y[i] - b[i]);
    const bool finite = difference < std::numeric_limits<double>::infinity();
    // An infinite b would allow anything.
    far += !(difference <= relative * size + floor) || !finite;
    const double share = finite ? difference / size : 0;
    squares += share * share;
  }
  return {far, squares};
}

// Far for no other reason than that both are NaN, or the same infinity.
int64_t BothSpecial(const double* y, const double* b, int64_t count) {
  int64_t special = 0;
  for (int64_t i = 0; i < count; ++i)
    special += (std::isnan(y[i]) && std::isnan(b[i])) ||
               (std::isinf(y[i]) && y[i] == b[i]);
  return special;
}

int64_t CountDifferent(const uint8_t* candidate, const uint8_t* trusted,
                       int64_t count, size_t bytes) {
  const size_t total = static_cast<size_t>(count) * bytes;
  if (std::memcmp(candidate, trusted, total) == 0) return 0;
  int64_t different = 0;
  for (size_t at = 0; at < total; at += bytes)
    different += std::memcmp(candidate + at, trusted + at, bytes) != 0;
  return different;
}

double RootMeanSquare(DType dtype, const uint8_t* data, int64_t count) {
  const int64_t bytes = DTypeBytes(dtype);
  double block[kBlock];
  double squares = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t part = std::min(kBlock, count - begin);
    WidenToDouble(dtype, data + begin * bytes, part, block);
    squares += SumOfSquares(block, part);
  }
  const double scale = std::sqrt(squares / static_cast<double>(count));
  return std::isfinite(scale) ? scale : 0;
}

}  // namespace

PanelComparison CompareOutputs(DType dtype, const uint8_t* candidate,
                               const uint8_t* trusted, int64_t count,
                               double relative_allowance) {
  PanelComparison result;
  result.compared = count;
  const int64_t bytes = DTypeBytes(dtype);
  if (!IsFloating(dtype)) {
    result.wrong = CountDifferent(candidate, trusted, count,
                                  static_cast<size_t>(bytes));
    return result;
  }
  const double scale = RootMeanSquare(dtype, trusted, count);
  const double floor = 4 * SmallestNormal(dtype);
  double y[kBlock], b[kBlock], squares = 0;
  for (int64_t begin = 0; begin < count; begin += kBlock) {
    const int64_t part = std::min(kBlock, count - begin);
    WidenToDouble(dtype, candidate + begin * bytes, part, y);
    WidenToDouble(dtype, trusted + begin * bytes, part, b);
    const Differences found = Differ(y, b, part, 2 * relative_allowance,
                                     std::max(scale, 1e-300), floor);
    squares += found.squares;
    if (found.far > 0) result.wrong += found.far - BothSpecial(y, b, part);
  }
  if (count > 0) result.rms = std::sqrt(squares / static_cast<double>(count));
  return result;
}

}  // namespace kernelevolve::worker
