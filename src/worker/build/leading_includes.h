// The headers that a source begins with: what a precompiled header may hold
// without changing what the source means. Pure.
#pragma once

#include <string>

namespace kernelevolve::worker {

// One `#include <name>` per line, in order, up to the first line that is
// neither such an include nor a comment. Empty where precompiling would not
// pay: no header but our own.
std::string LeadingIncludes(const std::string& source);

}  // namespace kernelevolve::worker
