// The opening of a kernel for one task: what a draft begins with.
#pragma once

#include <string>

#include "core/task.h"

namespace kernelevolve {

// A file that takes the task's tensors, sizes and attributes and does nothing
// yet, under a line that says so; "" for a language without one.
std::string SkeletonText(const Task& task, const std::string& language);

}  // namespace kernelevolve
