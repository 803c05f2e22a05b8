// A kernel's machine instructions, counted by what they are. The text describes
// a hostile image, so nothing in it is relied on. Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_profile.h"

namespace kernelevolve::worker::gpu {

// Of `nvdisasm -c`: kernel, as its image calls it → kinds that occur, those that
// tell most first. Each instruction counts once, however often it runs; the
// first count is of all, padding left out.
std::map<std::string, std::vector<InstructionCount>> CountSass(
    std::string_view text);

}  // namespace kernelevolve::worker::gpu
