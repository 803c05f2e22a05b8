// Every element of an output against the exact answer and its error bound
// (design 4.1, judge.md 2.3, 2.4). Pure.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/task.h"

namespace kernelevolve::worker {

// The exact answer for one output of one input case.
struct ExpectedOutput {
  DType dtype = DType::kF32;
  NonFinite nonfinite = NonFinite::kPropagate;
  bool specials_given = false;     // the inputs hold NaN or infinities
  std::vector<double> exact;       // floating outputs
  std::vector<float> allowance;    // |y - r| may be this much
  std::vector<uint8_t> integers;   // others: raw, compared bit for bit
  // What a second reference of the task made of the same inputs, as `exact` and
  // `integers`; empty where none was asked. Where the two differ, a kernel may
  // follow either.
  std::vector<double> second;
  std::vector<uint8_t> second_integers;
  // What the trusted float baseline gave, raw; empty where there is none. It
  // arbitrates where the format itself overflows.
  std::vector<uint8_t> baseline;
  // Whether the baseline's errors below are known; its bits may be elsewhere.
  bool baseline_known = false;
  // The baseline's own errors, for the ratio test.
  double baseline_max = 0, baseline_rms = 0;
  double baseline_worst = 0;  // in allowances, before any widening
  double scale = 0;  // RMS of the finite exact values
  // The largest allowance of any element, relative to max(|exact|, scale).
  double relative_allowance = 0;
};

struct Expected {
  std::vector<ExpectedOutput> outputs;
};

struct Mismatch {
  enum class Kind { kNone, kNotWritten, kNonfinite, kValue, kPrecision };
  Kind kind = Kind::kNone;
  int64_t first = -1;       // index of the first offending element
  double got = 0, expected = 0, allowance = 0;
};

struct Comparison {
  int64_t compared = 0;
  int64_t wrong = 0;
  int64_t untouched = 0;   // wrong and still holding the poison
  int64_t nonfinite = 0;   // wrong because the NaN/Inf masks differ
  double worst = 0;        // largest |y - r| / allowance among finite elements
  double error_max = 0;    // relative to max(|r|, scale)
  double error_rms = 0;
  Mismatch mismatch;       // of the first wrong element, and the overall kind
};

enum class NumberClass { kFinite, kPlusInfinity, kMinusInfinity, kNan };
NumberClass ClassOf(double value);
// Both finite, NaN with NaN, or an infinity with the same infinity.
bool SameClass(double a, double b);

// Whether the two references differ in a floating element: in its class, or by
// more than a kernel may err.
bool Disputed(const ExpectedOutput& expected, int64_t index);
// In any element.
bool Disputed(const ExpectedOutput& expected);

// What the wrong elements of a comparison amount to.
Mismatch::Kind Classify(const Comparison& comparison);

// `poison` is the 8-byte pattern an untouched element still holds; 0 if none was there.
Comparison Compare(const ExpectedOutput& expected, const uint8_t* data,
                   uint64_t poison);

// Fills baseline_max, baseline_rms and scale from `baseline` and `exact`.
void FinishBaseline(ExpectedOutput& expected);

// Ceilings of judge.md 2.3 for references without error propagation, relative.
double ErrorCeiling(DType dtype);

double RelativeAllowance(const ExpectedOutput& expected);

// The ratio test of judge.md 2.3: E_max(y) <= 4 E_max(b) + 16u and
// E_rms(y) <= 2 E_rms(b) + 8u.
bool RatioHolds(const ExpectedOutput& expected, const Comparison& comparison);

}  // namespace kernelevolve::worker
