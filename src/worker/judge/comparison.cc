#include "worker/judge/comparison.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "worker/judge/scalar.h"
#include "worker/judge/vectorized.h"

namespace kernelevolve::worker {
namespace {

bool HoldsPoison(DType dtype, const uint8_t* data, int64_t index, uint64_t poison) {
  const auto bytes = static_cast<size_t>(DTypeBytes(dtype));
  return std::memcmp(data + static_cast<size_t>(index) * bytes, &poison, bytes) == 0;
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
  const double r = expected.exact[static_cast<size_t>(i)];
  const bool overflows =
      std::isfinite(r) && std::fabs(r) > LargestFinite(expected.dtype);
  // What a task leaves open is what becomes of NaN and infinities, not that they come
  // from nowhere.
  if (expected.nonfinite == NonFinite::kUnspecified &&
      (expected.specials_given || overflows || !std::isfinite(r)))
    return true;
  if (!overflows && !std::isfinite(r) && SameClass(y, r)) return true;
  // Where plain code of the contract's precision leaves the finite numbers, or
  // keeps them where exact arithmetic does not, its answer is as good.
  if (expected.baseline.empty()) return overflows ? std::isinf(y) : SameClass(y, r);
  const double b = LoadScalar(expected.dtype, expected.baseline.data(), i);
  if (overflows) return !std::isfinite(y) || std::isfinite(b);
  return SameClass(y, b) || (std::isfinite(r) && !std::isfinite(b));
}

struct Sums {
  double squares = 0;
  int64_t counted = 0;
};

// True if all of a block are within their finite allowances; a NaN is not.
KE_VECTORIZED bool AllWithin(const double* y, const double* exact,
                             const float* allowance, int64_t count) {
  int64_t outside = 0;
#pragma omp simd reduction(+ : outside)
  for (int64_t i = 0; i < count; ++i) {
    const double allowed = allowance[i];
    outside += !(std::fabs(y[i] - exact[i]) <= allowed) ||
               !(allowed < std::numeric_limits<float>::infinity());
  }
  return outside == 0;
}

struct BlockErrors {
  double max = 0, squares = 0, worst = 0;
};

// Of a block whose values are all finite.
KE_VECTORIZED BlockErrors ErrorsOf(const double* y, const double* exact,
                                   const float* allowance, int64_t count,
                                   double scale) {
  double largest = 0, squares = 0, worst = 0;
#pragma omp simd reduction(max : largest, worst) reduction(+ : squares)
  for (int64_t i = 0; i < count; ++i) {
    const double difference = std::fabs(y[i] - exact[i]);
    const double size = std::fabs(exact[i]) > scale ? std::fabs(exact[i]) : scale;
    const double relative = difference / size;
    const double share = difference / static_cast<double>(allowance[i]);
    largest = relative > largest ? relative : largest;
    worst = share > worst ? share : worst;
    squares += relative * relative;
  }
  return {largest, squares, worst};
}

// What is compared with what.
struct Subject {
  const ExpectedOutput& expected;
  const uint8_t* data;
  uint64_t poison;
};

void Judge(const Subject& subject, int64_t i, double y, Comparison& result) {
  const ExpectedOutput& expected = subject.expected;
  const double r = expected.exact[static_cast<size_t>(i)];
  const double allowance = expected.allowance[static_cast<size_t>(i)];
  const bool special = !std::isfinite(r) || !std::isfinite(y) ||
                       !std::isfinite(allowance) ||
                       std::fabs(r) > LargestFinite(expected.dtype);
  const bool untouched =
      HoldsPoison(expected.dtype, subject.data, i, subject.poison);
  // What nobody has written is no NaN that somebody has computed.
  const bool poisoned = untouched && subject.poison != 0;
  if (special && !poisoned && NonfiniteAgrees(expected, i, y)) return;
  ++result.wrong;
  result.untouched += untouched;
  result.nonfinite += !SameClass(y, r) && !untouched;
  if (result.mismatch.first < 0) {
    result.mismatch.first = i;
    result.mismatch.got = y;
    result.mismatch.expected = r;
    result.mismatch.allowance = allowance;
  }
}

// Whether y is what the second reference has, where the first has something else.
bool FollowsSecond(const ExpectedOutput& expected, int64_t index, double y) {
  if (!Disputed(expected, index)) return false;
  const auto i = static_cast<size_t>(index);
  const double other = expected.second[i];
  if (!SameClass(y, other)) return false;
  if (!std::isfinite(other)) return true;
  // Where the first is not finite nothing bounds the second's error by element.
  const double allowance =
      std::isfinite(expected.exact[i])
          ? expected.allowance[i]
          : expected.relative_allowance * std::max(std::fabs(other), expected.scale);
  return std::fabs(y - other) <= allowance;
}

void CompareOne(const Subject& subject, int64_t index, double y, Sums& sums,
                Comparison& result) {
  const ExpectedOutput& expected = subject.expected;
  if (FollowsSecond(expected, index, y)) return;
  const auto i = static_cast<size_t>(index);
  const double r = expected.exact[i];
  const double difference = std::fabs(y - r);
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
    Judge(subject, index, y, result);
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
    if (!expected.second_integers.empty() &&
        std::memcmp(data + at, expected.second_integers.data() + at, bytes) == 0)
      continue;
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

NumberClass ClassOf(double value) {
  if (std::isnan(value)) return NumberClass::kNan;
  if (std::isfinite(value)) return NumberClass::kFinite;
  return value > 0 ? NumberClass::kPlusInfinity : NumberClass::kMinusInfinity;
}

bool SameClass(double a, double b) { return ClassOf(a) == ClassOf(b); }

bool Disputed(const ExpectedOutput& expected, int64_t index) {
  if (expected.second.empty()) return false;
  const auto i = static_cast<size_t>(index);
  const double r = expected.exact[i], other = expected.second[i];
  if (!SameClass(r, other)) return true;
  // An allowance that is NaN says nothing.
  return std::isfinite(r) && std::fabs(r - other) > expected.allowance[i];
}

bool Disputed(const ExpectedOutput& expected) {
  for (size_t i = 0; i < expected.second.size(); ++i)
    if (Disputed(expected, static_cast<int64_t>(i))) return true;
  return !expected.second_integers.empty() &&
         expected.second_integers != expected.integers;
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

Comparison Compare(const ExpectedOutput& expected, const uint8_t* data,
                   uint64_t poison) {
  if (!IsFloating(expected.dtype)) return CompareIntegers(expected, data, poison);
  Comparison result;
  result.compared = static_cast<int64_t>(expected.exact.size());
  const Subject subject{expected, data, poison};
  Sums sums;
  // Widened a block at a time, which stays in cache.
  constexpr int64_t kBlock = 1024;
  double block[kBlock];
  const double scale = std::max(expected.scale, 1e-300);
  const int64_t bytes = DTypeBytes(expected.dtype);
  for (int64_t begin = 0; begin < result.compared; begin += kBlock) {
    const int64_t count = std::min(kBlock, result.compared - begin);
    WidenToDouble(expected.dtype, data + begin * bytes, count, block);
    const double* exact = expected.exact.data() + begin;
    const float* allowance = expected.allowance.data() + begin;
    if (AllWithin(block, exact, allowance, count)) {
      const BlockErrors errors = ErrorsOf(block, exact, allowance, count, scale);
      result.error_max = std::max(result.error_max, errors.max);
      result.worst = std::max(result.worst, errors.worst);
      sums.squares += errors.squares;
      sums.counted += count;
    } else {
      for (int64_t j = 0; j < count; ++j)
        CompareOne(subject, begin + j, block[j], sums, result);
    }
  }
  if (sums.counted > 0)
    result.error_rms = std::sqrt(sums.squares / static_cast<double>(sums.counted));
  result.mismatch.kind = Classify(result);
  return result;
}

double ErrorCeiling(DType dtype) {
  switch (dtype) {
    case DType::kF64: return 1e-12;
    case DType::kF32: return 1e-5;
    case DType::kF16: return 4e-3;
    case DType::kBF16: return 2e-2;
    default: return 1.2e-1;
  }
}

double RelativeAllowance(const ExpectedOutput& expected) {
  double largest = 0;
  for (size_t i = 0; i < expected.exact.size(); ++i) {
    const double scale = std::max(std::fabs(expected.exact[i]), expected.scale);
    if (std::isfinite(scale) && scale > 0 && std::isfinite(expected.allowance[i]))
      largest = std::max(largest, expected.allowance[i] / scale);
  }
  return largest;
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
  expected.baseline_known = true;
  expected.baseline_max = own.error_max;
  expected.baseline_rms = own.error_rms;
  expected.baseline_worst = own.worst;
}

bool RatioHolds(const ExpectedOutput& expected, const Comparison& comparison) {
  if (!expected.baseline_known || !IsFloating(expected.dtype)) return true;
  // A few units in the last place are what good vector code of an elementary
  // function makes, also where the baseline happens to round correctly.
  const double u = UnitRoundoff(expected.dtype);
  const auto within = [&](double times_max, double times_rms) {
    return comparison.error_max <= times_max * expected.baseline_max + 16 * u &&
           comparison.error_rms <= times_rms * expected.baseline_rms + 8 * u;
  };
  if (within(4, 2)) return true;
  // Two deviations of what the contract's own roundings make: no lower precision
  // comes near it. The baseline may owe its luck to a task that forgives most
  // roundings (a norm over few values) and not all. Ceilings, which have no bound
  // of each element, say nothing of that.
  constexpr double kFarInside = 0.25;
  if (!expected.allowance.empty() && comparison.worst <= kFarInside) return true;
  // Where the task itself amplifies every rounding, an elementary function that
  // is a few units off is as far off again from a baseline that was lucky. Lower
  // precision is off by hundreds.
  constexpr double kAmplified = 64, kWellInside = 0.5;
  return expected.baseline_max > kAmplified * u &&
         comparison.worst <= kWellInside && within(16, 8);
}

}  // namespace kernelevolve::worker
