// A word of a stored result as people may be shown it.
#pragma once

#include <string>
#include <string_view>

namespace kernelevolve {

// Hostile text on one line, clean and at most so long.
std::string ShownWord(std::string_view text, size_t bytes = 200);

}  // namespace kernelevolve
