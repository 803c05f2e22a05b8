// What each verdict code suggests to somebody who must repair the kernel.
#pragma once

#include <string>

#include "core/verdict.h"

namespace kernelevolve {

// "" for codes that say nothing about the kernel.
std::string AdviceFor(Code code);

}  // namespace kernelevolve
