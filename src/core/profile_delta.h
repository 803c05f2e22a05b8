// What changed between two profiles, for people and prompts. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/profile.h"

namespace kernelevolve {

// One line per change that matters, the roofs first: "bound latency -> memory",
// "memory roof 35 % -> 58 %", "vector width 128 -> 256 bit", "spills in hot
// loops 12 -> 0". Empty where nothing did. Only what both records hold is
// compared.
std::vector<std::string> DescribeDelta(const Profile& parent,
                                       const Profile& child);

}  // namespace kernelevolve
