// A complete C program that calls an exported kernel at one of the task's
// shapes.
#pragma once

#include <string>

#include "core/task.h"

namespace kernelevolve {

// Inputs are filled with simple values of the declared kind (offsets increase,
// indices stay in range), since a kernel may rely on it.
std::string ExampleSource(const Task& task, const ShapeCase& shape);

}  // namespace kernelevolve
