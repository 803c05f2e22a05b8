// A timed call's output against what a trusted kernel of the panel made of the
// same inputs. Pure.
#pragma once

#include <cstdint>

#include "worker/judge/comparison.h"

namespace kernelevolve::worker {

struct PanelComparison {
  int64_t compared = 0;
  int64_t wrong = 0;
  // Of the differences, relative to max(|trusted|, root mean square); 0 of
  // integers.
  double rms = 0;
};

// Both sides may be off by the allowance, so twice that between them. Integers
// must be equal.
PanelComparison CompareOutputs(DType dtype, const uint8_t* candidate,
                               const uint8_t* trusted, int64_t count,
                               double relative_allowance);

}  // namespace kernelevolve::worker
