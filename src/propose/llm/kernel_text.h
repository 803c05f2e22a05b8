// A kernel and what was found of it, in words, for a prompt.
#pragma once

#include <string>

#include "core/node.h"

namespace kernelevolve {

// Source, parameter values, verdict, log. Without `diagnostics` only whether it
// was right. `title` introduces the source.
std::string KernelText(const Node& node, const std::string& title,
                       bool diagnostics);

}  // namespace kernelevolve
