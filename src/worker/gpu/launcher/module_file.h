// A plan's modules on their way to a launcher: in one file in memory, end to
// end, for they may be larger than a frame.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace kernelevolve::worker::gpu {

Result<Fd> WriteModules(const std::vector<std::string>& modules);
// `lengths` of each, in order.
Result<std::vector<std::string>> ReadModules(
    int file, const std::vector<uint64_t>& lengths);

}  // namespace kernelevolve::worker::gpu
