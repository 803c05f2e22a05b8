// Plain statistics over samples. Pure functions; samples are finite, and where
// nothing else is said there is at least one.
#pragma once

#include <span>
#include <vector>

#include "core/evaluation.h"
#include "measure/student.h"

namespace kernelevolve::measure {

using Samples = std::span<const double>;

double Mean(Samples values);
// Middle value; of an even number, the mean of the two middle ones.
double Median(Samples values);
// Linear interpolation between order statistics; `fraction` in [0, 1].
double Quantile(Samples values, double fraction);
// With n - 1; 0 for a single sample.
double Variance(Samples values);
double StandardDeviation(Samples values);
// Of the mean, samples taken as independent; infinity for a single sample.
double StandardError(Samples values);
// Values above 0; weights of 0 or more with a sum above 0.
double WeightedGeometricMean(Samples values, Samples weights);
double WeightedMean(Samples values, Samples weights);
std::vector<double> Logs(Samples values);

// Student's 95 % interval of a mean: mean ± t(0.975, df) · error. Without
// degrees of freedom (df <= 0) nothing is known: (-inf, inf).
Interval MeanInterval(double mean, double standard_error, double df);
Interval MeanInterval(Samples values);

Interval Exp(const Interval& interval);

}  // namespace kernelevolve::measure
