// The `real` of a reference that tells how large rounding errors may be: a number
// that carries the variance of its own, and the math functions that references call,
// which carry it on. Those of float and double are the library's.
#pragma once

// math.h, not its c-prefixed twin: it puts the overloads for float and double into the
// global namespace, where unqualified calls look.
#include <math.h>

#include <limits>
#include <type_traits>

namespace ke {

// A number and the first-order variance of its rounding error, in units of u²
// where u is the roundoff of the precision that is judged. Errors of different
// operations count as independent (Higham and Mary, 2019), so a sum of n terms
// grows by √n and not by n. Numbers that were not computed are exact.
struct with_error {
  double value = 0;
  double variance = 0;

  with_error() = default;
  template <typename T>
  requires std::is_arithmetic_v<T>
  constexpr with_error(T exact) : value(static_cast<double>(exact)) {}
  constexpr with_error(double v, double var) : value(v), variance(var) {}

  template <typename T>
  requires std::is_arithmetic_v<T>
  constexpr explicit operator T() const { return static_cast<T>(value); }
};

#ifndef KE_REFERENCE_ROUNDOFF
#define KE_REFERENCE_ROUNDOFF 0x1p-24  // u, where the size of errors matters
#endif
// A correctly rounded operation errs by at most u |z|, and counts in full: the
// mean square is a third to a sixth of it, which is the slack that leaves plain
// float code well inside of 8 σ. A library function counts twice that error.
#ifndef KE_REFERENCE_NARROW
constexpr double kRounding = 1, kLibrary = 4, kSumStep = 1;  // the last: of +=
#else
// 16 bits and less, where a library is asked about what is beyond the bound: no slack.
// Sums are rounded to them after 16 terms or more, by 0.4 u: 8 σ are five times that.
constexpr double kRounding = 1.0 / 4, kLibrary = 1, kSumStep = 1.0 / 256;
#endif

namespace internal {

constexpr bool Finite(double z) { return z - z == 0; }

// An infinity is exact: what is a number again behind it has its own error only.
constexpr with_error Rounded(double z, double variance, double own = kRounding) {
  return {z, Finite(z) ? variance + own * z * z : 0};
}

// A step of a sum; where the step is as large as the sum it may be an operation alone.
constexpr with_error Stepped(double z, with_error sum, with_error step) {
  const bool alone = 4 * step.value * step.value >= sum.value * sum.value;
  return Rounded(z, sum.variance + step.variance, alone ? kRounding : kSumStep);
}

constexpr with_error Library(double z, double variance) {
  return Rounded(z, variance, kLibrary);
}

// An exact number stays exact where the slope is infinite (the root of zero).
constexpr double Carry(double slope, double variance) {
  return variance == 0 ? 0 : slope * slope * variance;
}

// The slope of z = exp(rate * v), larger by how much more than by its slope z grows over
// 8 σ of v: where that is no small number everything it outweighs, or is outweighed by,
// is open.
inline double Grown(double z, double rate, double variance) {
  const double far =
      ::fmin(8 * ::fabs(rate) * ::sqrt(variance) * KE_REFERENCE_ROUNDOFF, 40);
  return rate * z * (far > 0 ? ::expm1(far) / far : 1);
}

template <typename A, typename B>
using Common =
    std::conditional_t<std::is_same_v<A, with_error> ||
                           std::is_same_v<B, with_error>,
                       std::type_identity<with_error>, std::common_type<A, B>>;

}  // namespace internal

// Arithmetic ----------------------------------------------------------------
constexpr with_error operator+(with_error x) { return x; }
constexpr with_error operator-(with_error x) { return {-x.value, x.variance}; }

constexpr with_error operator+(with_error x, with_error y) {
  return internal::Rounded(x.value + y.value, x.variance + y.variance);
}

constexpr with_error operator-(with_error x, with_error y) {
  return internal::Rounded(x.value - y.value, x.variance + y.variance);
}

constexpr with_error operator*(with_error x, with_error y) {
  return internal::Rounded(
      x.value * y.value,
      y.value * y.value * x.variance + x.value * x.value * y.variance);
}

constexpr with_error operator/(with_error x, with_error y) {
  const double z = x.value / y.value;
  return internal::Rounded(
      z, (x.variance + z * z * y.variance) / (y.value * y.value));
}

constexpr with_error& operator+=(with_error& x, with_error y) {
  return x = internal::Stepped(x.value + y.value, x, y);
}
constexpr with_error& operator-=(with_error& x, with_error y) {
  return x = internal::Stepped(x.value - y.value, x, y);
}
constexpr with_error& operator*=(with_error& x, with_error y) { return x = x * y; }
constexpr with_error& operator/=(with_error& x, with_error y) { return x = x / y; }
constexpr with_error& operator++(with_error& x) { return x += 1; }
constexpr with_error& operator--(with_error& x) { return x -= 1; }

// Comparisons are by value: a reference takes the branch that its number says.
constexpr bool operator==(with_error x, with_error y) { return x.value == y.value; }
constexpr auto operator<=>(with_error x, with_error y) { return x.value <=> y.value; }

// Functions -----------------------------------------------------------------
// Those of float and double are the library's. `max` and `min` answer NaN when
// either side is one, for all types.
template <typename A, typename B, typename T = typename internal::Common<A, B>::type>
constexpr T max(A x, B y) {
  const T a = static_cast<T>(x), b = static_cast<T>(y);
  return a < b || !(b == b) ? b : a;
}

template <typename A, typename B, typename T = typename internal::Common<A, B>::type>
constexpr T min(A x, B y) {
  const T a = static_cast<T>(x), b = static_cast<T>(y);
  return b < a || !(b == b) ? b : a;
}

inline with_error fmax(with_error x, with_error y) {
  return x.value > y.value || isnan(y.value) ? x : y;
}
inline with_error fmin(with_error x, with_error y) {
  return x.value < y.value || isnan(y.value) ? x : y;
}

inline with_error fabs(with_error x) { return {::fabs(x.value), x.variance}; }
inline with_error abs(with_error x) { return fabs(x); }
inline with_error copysign(with_error x, with_error y) {
  return {::copysign(x.value, y.value), x.variance};
}

// Steps: exact, and flat wherever they have a slope at all.
inline with_error floor(with_error x) { return ::floor(x.value); }
inline with_error ceil(with_error x) { return ::ceil(x.value); }
inline with_error trunc(with_error x) { return ::trunc(x.value); }
inline with_error round(with_error x) { return ::round(x.value); }
inline with_error rint(with_error x) { return ::rint(x.value); }

inline bool isnan(with_error x) { return ::isnan(x.value); }
inline bool isinf(with_error x) { return ::isinf(x.value); }
inline bool isfinite(with_error x) { return ::isfinite(x.value); }
inline bool signbit(with_error x) { return ::signbit(x.value); }

inline with_error fma(with_error x, with_error y, with_error z) {
  return internal::Rounded(::fma(x.value, y.value, z.value),
                           y.value * y.value * x.variance +
                               x.value * x.value * y.variance + z.variance);
}

inline with_error sqrt(with_error x) {
  const double z = ::sqrt(x.value);
  return internal::Rounded(z, internal::Carry(0.5 / z, x.variance));
}

// f(x) with slope `slope`, where z stands for f(x) and v for x.
#define KE_INTERNAL_FUNCTION(name, slope)                            \
  inline with_error name(with_error x) {                             \
    [[maybe_unused]] const double v = x.value, z = ::name(v);        \
    return internal::Library(z, internal::Carry(slope, x.variance)); \
  }
KE_INTERNAL_FUNCTION(exp, internal::Grown(z, 1, x.variance))
KE_INTERNAL_FUNCTION(exp2, internal::Grown(z, 0.6931471805599453, x.variance))
KE_INTERNAL_FUNCTION(expm1, internal::Grown(z + 1, 1, x.variance))
KE_INTERNAL_FUNCTION(log, 1 / v)
KE_INTERNAL_FUNCTION(log2, 1.4426950408889634 / v)
KE_INTERNAL_FUNCTION(log10, 0.4342944819032518 / v)
KE_INTERNAL_FUNCTION(log1p, 1 / (1 + v))
KE_INTERNAL_FUNCTION(cbrt, z / (3 * v))
KE_INTERNAL_FUNCTION(erf, 1.1283791670955126 * ::exp(-v * v))
KE_INTERNAL_FUNCTION(erfc, 1.1283791670955126 * ::exp(-v * v))
KE_INTERNAL_FUNCTION(sin, ::cos(v))
KE_INTERNAL_FUNCTION(cos, ::sin(v))
KE_INTERNAL_FUNCTION(tan, 1 + z * z)
KE_INTERNAL_FUNCTION(sinh, ::cosh(v))
KE_INTERNAL_FUNCTION(cosh, ::sinh(v))
KE_INTERNAL_FUNCTION(tanh, 1 - z * z)
KE_INTERNAL_FUNCTION(asin, 1 / ::sqrt(1 - v * v))
KE_INTERNAL_FUNCTION(acos, 1 / ::sqrt(1 - v * v))
KE_INTERNAL_FUNCTION(atan, 1 / (1 + v * v))
#undef KE_INTERNAL_FUNCTION

inline with_error pow(with_error x, with_error y) {
  const double z = ::pow(x.value, y.value);
  return internal::Library(
      z, internal::Carry(y.value * ::pow(x.value, y.value - 1), x.variance) +
             internal::Carry(internal::Grown(z, ::log(x.value), y.variance), y.variance));
}

inline with_error atan2(with_error y, with_error x) {
  const double r2 = x.value * x.value + y.value * y.value;
  return internal::Library(::atan2(y.value, x.value),
                           internal::Carry(x.value / r2, y.variance) +
                               internal::Carry(y.value / r2, x.variance));
}

inline with_error hypot(with_error x, with_error y) {
  const double z = ::hypot(x.value, y.value);
  return internal::Library(z, internal::Carry(x.value / z, x.variance) +
                                  internal::Carry(y.value / z, y.variance));
}

}  // namespace ke

using ke::max;
using ke::min;

// A reference may start a maximum from the lowest number.
template <>
class std::numeric_limits<ke::with_error> : public std::numeric_limits<double> {};
