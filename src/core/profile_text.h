// A Profile in words: for prompts and for `evaluate --explain`. Pure.
#pragma once

#include <string>
#include <vector>

#include "core/profile.h"

namespace kernelevolve {

inline constexpr size_t kProfileLines = 25;

// At most kProfileLines lines without newlines, the dominant bottleneck first.
// Names and remarks come from a candidate; each is one sanitised line.
std::vector<std::string> ProfileLines(const Profile& profile);

}  // namespace kernelevolve
