// What tells the drafts of one run apart.
#pragma once

#include <string>

namespace kernelevolve {

// The draft's number, and the way it should take: a fixed list, again from its
// beginning once it is used up.
std::string DraftEmphasis(int draft_index);

}  // namespace kernelevolve
