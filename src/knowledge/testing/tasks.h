// Small tasks for tests, written the way task.toml writes them.
#pragma once

#include <string>

#include "core/task.h"

namespace kernelevolve {

// "x f32 n 2*m" → a tensor; each word after the dtype is a shape entry.
TensorSpec MakeTensor(const std::string& words);

// Inputs and outputs as MakeTensor reads them, separated by ";". Every name in
// a shape is a dim with the domain [1, 1000]; one shape binds them to 7, 8, ….
Task MakeTask(const std::string& inputs, const std::string& outputs);

}  // namespace kernelevolve
