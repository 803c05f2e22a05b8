// Cache state before a timed call: cold by flushing the operands' lines from
// every level, and the proof that the flush works on this machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kernelevolve::worker {

// Writes back and evicts every line of the range from all caches of the
// machine. The judge's mapping and the kernel's share their physical lines, so
// this reaches the kernel's view as well.
void FlushLines(const uint8_t* data, size_t bytes);

// Brings every line of the range into the caches.
void TouchLines(const uint8_t* data, size_t bytes);

// Seconds to read a range cold, over seconds to read it again at once. Well
// above 1 where the flush works.
double ColdToHotRatio(size_t bytes);

}  // namespace kernelevolve::worker
