// The plain-C interface of an exported kernel: NAME_create, NAME_run,
// NAME_destroy, generated from the task's signature.
#pragma once

#include <string>

#include "core/task.h"

namespace kernelevolve {

// The order of NAME_create's arguments: dims, attributes, constant inputs.
// NAME_run takes the plan, the other inputs, the outputs.
std::string InterfaceHeader(const Task& task);
std::string InterfaceSource(const Task& task);

// #defines that give the ABI's functions names of their own, so that several
// exported kernels can be linked into one program.
std::string RenamedAbi(const Task& task);

}  // namespace kernelevolve
