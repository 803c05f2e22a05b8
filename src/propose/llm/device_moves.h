// What a GPU's profile suggests, by rules. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/profile.h"

namespace kernelevolve {

// Best first; empty if `profile` is of no GPU.
std::vector<std::string> DeviceMoves(const Profile& profile);

}  // namespace kernelevolve
