// Makefile and CMakeLists.txt of an exported kernel.
#pragma once

#include <string>
#include <vector>

#include "core/target.h"
#include "core/task.h"

namespace kernelevolve {

// The target's compiler and its flags, without the placeholders and -shared.
struct BuildFlags {
  std::string compiler;
  std::vector<std::string> flags;
};
BuildFlags FlagsOf(const Target& target);

std::string Makefile(const Task& task, const Target& target);
std::string CMakeLists(const Task& task, const Target& target);
// NAMEConfig.cmake.in's content: what find_package(NAME) reads.
std::string CMakeConfig(const Task& task);

}  // namespace kernelevolve
