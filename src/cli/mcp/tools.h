// The tools of `kernelevolve mcp`, each group in a file of its own.
#pragma once

#include <string>

#include "base/file.h"
#include "cli/mcp/open_runs.h"
#include "cli/mcp/tool_box.h"

namespace kernelevolve::cli::mcp {

// What they work with; all of it outlives them.
struct ToolParts {
  OpenRuns& runs;
  fs::path data;        // holds tasks/, targets/ and knowledge/
  std::string program;  // as it stands in the commands that are shown
};

// list_tasks, search_knowledge. kBadInput without a knowledge base.
Status AddLibraryTools(const ToolParts& parts, ToolBox& tools);
// open_run, report, close_run.
void AddRunTools(const ToolParts& parts, ToolBox& tools);
// node_context, read_kernel, lint, evaluate, submit.
void AddKernelTools(const ToolParts& parts, ToolBox& tools);

// What a client's model is told of all of them together.
std::string Instructions();

}  // namespace kernelevolve::cli::mcp
