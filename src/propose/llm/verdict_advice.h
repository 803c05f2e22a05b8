// What each verdict code suggests to somebody who must repair the kernel.
#pragma once

#include <string>

#include "core/verdict.h"

namespace kernelevolve {

// A sentence for each code there is.
std::string AdviceFor(Code code);

}  // namespace kernelevolve
