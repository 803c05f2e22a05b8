// Where a Python interpreter with the packages of one pinned set is.
#pragma once

#include <string>

#include "base/file.h"
#include "base/result.h"
#include "base/stop.h"

namespace kernelevolve {

// The interpreter for `set` ("torch", "tlx", "cute", "fly", as in
// runners/python/requirements-*.txt). For "torch", which also holds Triton:
// KE_PYTHON if set, else the environment of scripts/setup-python.sh, else the
// machine's own python3 if it can import torch (seconds: the first look loads
// it). For the other sets the environment alone. kMissing with the command
// that helps, also where torch or Triton is older than their pins
// (process/python_versions.h); kInterrupted once `stop` is requested.
Result<fs::path> FindPython(const std::string& set, const StopCondition& stop);

}  // namespace kernelevolve
