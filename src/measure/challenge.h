// Whether what came later is better than what was settled on: several challengers are
// asked at once, and luck must not choose among them.
#pragma once

#include <vector>

#include "measure/paired_estimate.h"

namespace kernelevolve::measure {

// One-sided p value, by Welch's t test on the logarithms, of the challenger's ratio
// leading the holder's by no more than `margin` (a share, as Decide's). 1 where either
// has no error of its own to go by.
double ChanceOfNoLead(const Estimate& challenger, const Estimate& holder, double margin);

// Holm's step-down procedure (Scandinavian Journal of Statistics 6, 1979): which of the
// hypotheses fall, with a chance of at most `error` that any of them falls wrongly.
std::vector<bool> HolmRejects(const std::vector<double>& p_values, double error);

}  // namespace kernelevolve::measure
