// Where a tool of the CUDA toolkit is.
#pragma once

#include <string>

#include "base/result.h"

namespace kernelevolve::worker::gpu {

// In PATH, else in the toolkit's usual folder. kMissing where it is in neither.
Result<std::string> FindCudaTool(const std::string& name);

}  // namespace kernelevolve::worker::gpu
