// ToolBox: the tools that an MCP client sees, and what a call of one answers.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/stop.h"
#include "cli/mcp/json_rpc.h"

namespace kernelevolve::cli::mcp {

struct ToolContext {
  std::string client;  // who calls
  const StopCondition& stop;
};

struct ToolResult {
  std::string text;           // all there is to say
  Json structured = nullptr;  // the figures of it, for programs; may be null
};

struct Tool {
  std::string name;
  std::string description;
  Json schema;  // of the arguments, an object's
  bool reads_only = false;
  // From several threads at once. The arguments fit the schema.
  std::function<Result<ToolResult>(const Json& arguments,
                                   const ToolContext& context)>
      run;
};

// Filled before it is used, and not changed after.
class ToolBox {
 public:
  void Add(Tool tool) { tools_.push_back(std::move(tool)); }

  // The result of tools/list.
  Json List() const;
  // The result of tools/call: what fails is told in it, so that the model reads
  // it. Thread-safe. kInvalidParams for an unknown tool.
  tl::expected<Json, RpcError> Call(const std::string& name,
                                    const Json& arguments,
                                    const ToolContext& context,
                                    bool structured) const;

 private:
  std::vector<Tool> tools_;
};

}  // namespace kernelevolve::cli::mcp
