#include "worker/judge/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "worker/judge/scalar.h"

namespace kernelevolve::worker {
namespace {

bool HoldsPoison(DType dtype, const uint8_t* data, int64_t index, uint64_t poison) {
  const auto bytes = static_cast<size_t>(DTypeBytes(dtype));
  return std::memcmp(data + static_cast<size_t>(index) * bytes, &poison, bytes) == 0;
}

// NaN with NaN, an infinity with the same infinity.
bool SameClass(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return std::isnan(a) && std::isnan(b);
  if (std::isinf(a) || std::isinf(b)) return a == b;
  return true;
}

double LargestFinite(DType dtype) {
  switch (dtype) {
    case DType::kF32:
    case DType::kBF16: return 3.3895e38;
    case DType::kF16: return 65504;
    case DType::kF8E4M3: return 448;
    case DType::kF8E5M2: return 57344;
    default: return 1.79e308;
  }
}

// Elements where NaN, infinities or overflow are in play.
bool NonfiniteAgrees(const ExpectedOutput& expected, int64_t i, double y) {
  if (expected.nonfinite == NonFinite::kUnspecified) return true;
  const double r = expected.exact[static_cast<size_t>(i)];
  const bool overflows =
      std::isfinite(r) && std::fabs(r) > LargestFinite(expected.dtype);
  if (!overflows && !std::isfinite(r) && SameClass(y, r)) return true;
  // Where plain code of the contract's precision leaves the finite numbers, or
  // keeps them where exact arithmetic does not, its answer is as good.
  if (expected.baseline.empty()) return overflows && std::isinf(y);
  const double b = LoadScalar(expected.dtype, expected.baseline.data(), i);
  if (overflows) return !std::isfinite(y) || std::isfinite(b);
  return SameClass(y, b) || (std::isfinite(r) && !std::isfinite(b));
}

struct Sums {
  double squares = 0;
  int64_t counted = 0;
};

void Judge(const ExpectedOutput& expected, const uint8_t* data, uint64_t poison,
           int64_t i, double y, Comparison& result) {
  const double r = expected.exact[static_cast<size_t>(i)];
  const double allowance = expected.allowance[static_cast<size_t>(i)];
  const bool special = !std::isfinite(r) || !std::isfinite(y) ||
                       !std::isfinite(allowance) ||
                       std::fabs(r) > LargestFinite(expected.dtype);
  if (special && NonfiniteAgrees(expected, i, y)) return;
  ++result.wrong;
  const bool untouched = HoldsPoison(expected.dtype, data, i, poison);
  result.untouched += untouched;
  const bool mask_differs = std::isfinite(r) != std::isfinite(y);
  result.nonfinite += mask_differs && !untouched;
  if (result.mismatch.first < 0) {
    result.mismatch.first = i;
    result.mismatch.got = y;
    result.mismatch.expected = r;
    result.mismatch.allowance = allowance;
  }
}

Mismatch::Kind Classify(const Comparison& c) {
  if (c.wrong == 0) return Mismatch::Kind::kNone;
  if (c.untouched > 0) return Mismatch::Kind::kNotWritten;
  if (c.nonfinite > 0) return Mismatch::Kind::kNonfinite;
  // Small everywhere, and beyond the bound: computed, but not in the contract's
  // precision.
  if (c.error_max < 5e-2) return Mismatch::Kind::kPrecision;
  return Mismatch::Kind::kValue;
}

Comparison CompareIntegers(const ExpectedOutput& expected, const uint8_t* data,
                           uint64_t poison) {
  Comparison result;
  const auto bytes = static_cast<size_t>(DTypeBytes(expected.dtype));
  result.compared = static_cast<int64_t>(expected.integers.size() / bytes);
  if (std::memcmp(data, expected.integers.data(), expected.integers.size()) == 0)
    return result;
  for (int64_t i = 0; i < result.compared; ++i) {
    const size_t at = static_cast<size_t>(i) * bytes;
    if (std::memcmp(data + at, expected.integers.data() + at, bytes) == 0) continue;
    ++result.wrong;
    result.untouched += HoldsPoison(expected.dtype, data, i, poison);
    if (result.mismatch.first < 0) {
      result.mismatch.first = i;
      result.mismatch.got = LoadScalar(expected.dtype, data, i);
      result.mismatch.expected =
          LoadScalar(expected.dtype, expected.integers.data(), i);
    }
  }
  result.error_max = 1;
  result.mismatch.kind = Classify(result);
  return result;
}

}  // namespace

Comparison Compare(const ExpectedOutput& expected, const uint8_t* data,
                   uint64_t poison) {
  if (!IsFloating(expected.dtype)) return CompareIntegers(expected, data, poison);
  Comparison result;
  result.compared = static_cast<int64_t>(expected.exact.size());
  Sums sums;
  // Widened a block at a time, so that the loop below stays simple and in cache.
  constexpr int64_t kBlock = 1024;
  double block[kBlock];
  const int64_t bytes = DTypeBytes(expected.dtype);
  for (int64_t begin = 0; begin < result.compared; begin += kBlock) {
    const int64_t count = std::min(kBlock, result.compared - begin);
    WidenToDouble(expected.dtype, data + begin * bytes, count, block);
    for (int64_t j = 0; j < count; ++j) {
      const auto i = static_cast<size_t>(begin + j);
      const double r = expected.exact[i];
      const double difference = std::fabs(block[j] - r);
      const double allowance = expected.allowance[i];
      if (std::isfinite(difference)) {
        const double relative =
            difference / std::max({std::fabs(r), expected.scale, 1e-300});
        result.error_max = std::max(result.error_max, relative);
        sums.squares += relative * relative;
        ++sums.counted;
        result.worst = std::max(result.worst, difference / allowance);
      }
      // Written so that a NaN anywhere is not within the bound.
      if (!(difference <= allowance) || !std::isfinite(allowance))
        Judge(expected, data, poison, begin + j, block[j], result);
    }
  }
  if (sums.counted > 0)
    result.error_rms = std::sqrt(sums.squares / static_cast<double>(sums.counted));
  result.mismatch.kind = Classify(result);
  return result;
}

void FinishBaseline(ExpectedOutput& expected) {
  double squares = 0;
  int64_t finite = 0;
  for (const double r : expected.exact)
    if (std::isfinite(r)) {
      squares += r * r;
      ++finite;
    }
  expected.scale = finite ? std::sqrt(squares / static_cast<double>(finite)) : 0;
  if (expected.baseline.empty() || !IsFloating(expected.dtype)) return;
  const Comparison own = Compare(expected, expected.baseline.data(), 0);
  expected.baseline_max = own.error_max;
  expected.baseline_rms = own.error_rms;
}

bool RatioHolds(const ExpectedOutput& expected, const Comparison& comparison) {
  if (expected.baseline.empty() || !IsFloating(expected.dtype)) return true;
  const double floor = 2 * UnitRoundoff(expected.dtype);
  return comparison.error_max <= 4 * expected.baseline_max + floor &&
         comparison.error_rms <= 2 * expected.baseline_rms + floor;
}

}  // namespace kernelevolve::worker
