#include "measure/student.h"

#include <cmath>
#include <initializer_list>
#include <limits>

#include "base/check.h"

namespace kernelevolve::measure {
namespace {

// The continued fraction of the incomplete beta function, evaluated from the
// front (Lentz's method). Converges quickly for x < (a + 1) / (a + b + 2).
double BetaFraction(double a, double b, double x) {
  constexpr double kTiny = 1e-300;
  constexpr int kMaxSteps = 10'000;
  const auto away_from_zero = [](double v) {
    return std::fabs(v) < kTiny ? kTiny : v;
  };
  double c = 1;
  double d = 1 / away_from_zero(1 - (a + b) * x / (a + 1));
  double value = d;
  for (int m = 1; m <= kMaxSteps; ++m) {
    const double even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m));
    const double odd =
        -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
    double step = 1;
    for (const double term : {even, odd}) {
      d = 1 / away_from_zero(1 + term * d);
      c = away_from_zero(1 + term / c);
      step = c * d;
      value *= step;
    }
    if (std::fabs(step - 1) < 1e-16) break;
  }
  return value;
}

// P(T > |t|), accurate also where it is tiny.
double UpperTail(double t, double df) {
  return 0.5 * RegularizedIncompleteBeta(df / 2, 0.5, df / (df + t * t));
}

}  // namespace

double RegularizedIncompleteBeta(double a, double b, double x) {
  CHECK(a > 0 && b > 0 && x >= 0 && x <= 1);
  if (x == 0 || x == 1) return x;
  const double log_front = std::lgamma(a + b) - std::lgamma(a) -
                           std::lgamma(b) + a * std::log(x) +
                           b * std::log1p(-x);
  const double front = std::exp(log_front);
  if (x < (a + 1) / (a + b + 2)) return front * BetaFraction(a, b, x) / a;
  return 1 - front * BetaFraction(b, a, 1 - x) / b;
}

double StudentCdf(double t, double df) {
  CHECK(df > 0);
  const double tail = UpperTail(t, df);
  return t > 0 ? 1 - tail : tail;
}

double StudentQuantile(double probability, double df) {
  CHECK(probability > 0 && probability < 1 && df > 0);
  if (probability == 0.5) return 0;
  const bool upper = probability > 0.5;
  const double tail = upper ? 1 - probability : probability;
  double low = 0, high = 1;
  while (UpperTail(high, df) > tail && high < 1e300) high *= 2;
  // Bisection to the last bit: some 60 evaluations, and never astray.
  while (true) {
    const double middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) break;
    (UpperTail(middle, df) > tail ? low : high) = middle;
  }
  return upper ? high : -high;
}

}  // namespace kernelevolve::measure
