// Student's t distribution, to nearly full precision. Pure functions.
#pragma once

namespace kernelevolve::measure {

// I_x(a, b) for a, b > 0 and x in [0, 1], to about 1e-14.
double RegularizedIncompleteBeta(double a, double b, double x);
// For any df > 0, whole or not.
double StudentCdf(double t, double df);
double StudentQuantile(double probability, double df);

}  // namespace kernelevolve::measure
