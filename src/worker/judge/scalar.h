// Elements of any dtype as doubles and back (round to nearest even), for the
// judge's own arithmetic.
#pragma once

#include <cstdint>

#include "core/dtype.h"

namespace kernelevolve::worker {

double LoadScalar(DType dtype, const uint8_t* data, int64_t index);
void StoreScalar(DType dtype, uint8_t* data, int64_t index, double value);

// Arrays; float32 and float64 have a fast path.
void WidenToDouble(DType dtype, const uint8_t* data, int64_t count, double* out);

}  // namespace kernelevolve::worker
