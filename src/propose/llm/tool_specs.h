// The tools a model may call while it works on a kernel, as it is told of them.
#pragma once

#include <string>
#include <vector>

#include "llm/chat.h"

namespace kernelevolve {

namespace tool {
inline constexpr const char* kReadKernel = "read_kernel";
inline constexpr const char* kWriteKernel = "write_kernel";
inline constexpr const char* kReplace = "replace";
inline constexpr const char* kLint = "lint";
inline constexpr const char* kSearchKnowledge = "search_knowledge";
inline constexpr const char* kEvaluate = "evaluate";
inline constexpr const char* kSubmit = "submit";
}  // namespace tool

// In the order in which they are listed; `knowledge`: there is some to search.
std::vector<ToolSpec> KernelToolSpecs(bool knowledge);

struct ToolLimits {
  int steps = 12;       // calls of tools
  int evaluations = 2;  // of them, by the judge
};

// For the system message: how to work with them, with native calls or without.
std::string ToolInstructions(const std::vector<ToolSpec>& tools,
                             const ToolLimits& limits);

}  // namespace kernelevolve
