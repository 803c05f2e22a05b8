// A DeviceProfile in words: lines within those of core/profile_text.h. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/device_profile.h"

namespace kernelevolve {

// Kernels, their instructions, counters, stalls; names are sanitised.
std::vector<std::string> DeviceProfileLines(const DeviceProfile& device);

// What changed, most telling first; only what both records hold is compared.
std::vector<std::string> DescribeDeviceDelta(const DeviceProfile& parent,
                                             const DeviceProfile& child);

}  // namespace kernelevolve
