// Text that somebody else wrote, put into a prompt so that it stays data.
#pragma once

#include <string>
#include <string_view>

namespace kernelevolve {

// A fenced block under a line that says what it is and that it holds data, not
// instructions. Control characters are gone, what exceeds `limit` bytes is cut
// in the middle, and no line inside can end the fence.
std::string Quoted(std::string_view what, std::string_view language,
                   std::string_view text, size_t limit);

}  // namespace kernelevolve
