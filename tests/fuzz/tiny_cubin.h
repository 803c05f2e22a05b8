// A cubin of one kernel, put together by hand: a seed that needs no nvcc.
#pragma once

#include <string>

namespace kernelevolve::fuzz {

// Kernel "k" with two parameters, 8 bytes at 0 and 4 at 8.
std::string TinyCubin();
// That cubin in a fatbin, for sm_90.
std::string TinyFatbin();

}  // namespace kernelevolve::fuzz
