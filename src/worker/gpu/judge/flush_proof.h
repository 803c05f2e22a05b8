// Proof that the flush empties the cache: a read of memory that fits it, timed
// by the same launcher with the flush and without.
#pragma once

#include <string>

#include "worker/gpu/judge/launchers.h"

namespace kernelevolve::worker::gpu {

// `image`: the judge's kernels. 1 means that the flush does nothing.
Result<double> ColdToHot(const std::string& image, Launchers& launchers,
                         TaskMemory& memory, uint64_t l2_bytes,
                         uint64_t flush_bytes);

}  // namespace kernelevolve::worker::gpu
