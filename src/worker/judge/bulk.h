// Loops over the raw bytes of whole tensors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kernelevolve::worker {

// Repeats the eight bytes of `pattern` over `bytes` bytes.
void FillPattern(uint8_t* data, size_t bytes, uint64_t pattern);
// True if `bytes` bytes are what FillPattern leaves.
bool HoldsPattern(const uint8_t* data, size_t bytes, uint64_t pattern);

}  // namespace kernelevolve::worker
