// Where a program is.
#pragma once

#include <string>

#include "base/result.h"

namespace kernelevolve {

// The absolute path of `name`: itself if it has a slash, else the first in
// PATH. kMissing where it does not exist or may not be run.
Result<std::string> FindProgram(const std::string& name);

}  // namespace kernelevolve
