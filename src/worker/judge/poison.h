// What memory holds before a kernel writes to it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/dtype.h"

namespace kernelevolve::worker {

// Eight bytes to repeat: a quiet NaN with a random payload, or without `nan` a
// huge finite value, as for floats of 8 bits; for integers, random bits; no bool is
// ever that.
uint64_t PoisonWord(DType dtype, uint64_t bits, bool nan);

// Byte `at` of the canaries around a buffer.
uint8_t CanaryByte(uint64_t seed, size_t at);

// Only what a stray store next to the payload would hit.
inline constexpr size_t kCanaryBytes = 256;

}  // namespace kernelevolve::worker
