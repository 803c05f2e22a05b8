// A task in words, for a prompt.
#pragma once

#include <string>

#include "core/target.h"
#include "core/task.h"

namespace kernelevolve {

// Tensors, attributes, the shapes of this kind of device and the domain, the
// objective.
std::string TaskText(const Task& task, const Target& target);

// The reference's source and its file name; the C++ one if there is one.
struct ReferenceSource {
  std::string file, text, language;
};
ReferenceSource ReferenceOf(const Task& task);

}  // namespace kernelevolve
