// What a library of the task's own precision says about a bound: that it is too tight, if
// the library errs by more, or that it is too wide to tell, if a kernel errs by far more
// than the library.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/judge/comparison.h"

namespace kernelevolve::worker::gpu {

// `expected` with allowances `slack` times as far as the library was off (`plain`, by
// output), at most eight times wider, where that is more; nothing if none is.
std::optional<Expected> WidenedByLibrary(const Expected& expected,
                                         const std::vector<Comparison>& plain,
                                         double slack);

// Why a kernel's errors (`own`, of one output) are not those of the library's precision;
// "" if they are. A few units in the last place come from scores that are rounded on the
// way. A task with a tolerance of its own (`expected`) is not asked.
std::string BeyondLibrary(const ExpectedOutput& expected, const Comparison& own,
                          const Comparison& plain);

}  // namespace kernelevolve::worker::gpu
