// Text formatting for the whole program. Debian ships libfmt only as a shared
// object, and the worker must be one file that runs anywhere, so the library's
// definitions are compiled into base (format.cc) and never linked.
#pragma once

#include <fmt/format.h>

namespace kernelevolve {
using fmt::format;
}
