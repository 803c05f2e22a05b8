// OpenRuns: the runs that an MCP client works on.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/agent_run.h"
#include "propose/llm/author.h"

namespace kernelevolve::cli::mcp {

// One of them, with what its author is told.
struct OpenRun {
  std::unique_ptr<AgentRun> run;
  std::unique_ptr<AuthorPrompts> prompts;
  Memory memory = Memory::kBoth;
};

struct OpenRequest {
  std::string task;    // "": that of the run in `folder`
  std::string target;  // one or several; "": likewise, or the default
  std::string folder;  // a path, or a name under ./runs; "": a new one there
  // Of the task, those alone; none: all, or those that the run began with.
  std::vector<std::string> shapes = {};
  Memory memory = Memory::kBoth;
  int64_t window_tokens = 64 << 10;
};

struct OpenRunsOptions {
  int jobs = 1;  // workers of each run
  std::string code;  // a source tree that prompts may quote from
  size_t runs = 8;   // open at once
  // Of each run once its folder is there, for the device of its targets; `stop`
  // is that of the call.
  std::function<Result<Executor>(const WorkDir&, const Target&, int jobs,
                                 const StopCondition& stop)>
      make_executor;
};

// Thread-safe. A run stays open while somebody holds it.
class OpenRuns {
 public:
  OpenRuns(OpenRunsOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {}

  // One that is open already is answered as it is.
  Result<std::shared_ptr<OpenRun>> Open(const OpenRequest& request,
                                        const StopCondition& stop);
  // By name, or by the path of its folder. kBadInput names those that are open.
  Result<std::shared_ptr<OpenRun>> Find(const std::string& name) const;
  Status Close(const std::string& name);

 private:
  Status CheckWindow(const OptimizeOptions& options) const;
  Result<OptimizeOptions> OptionsFor(const OpenRequest& request,
                                     const fs::path& folder,
                                     const StopCondition& stop) const;
  Result<std::shared_ptr<OpenRun>> Make(const OpenRequest& request,
                                        const fs::path& folder,
                                        const StopCondition& stop) const;

  const OpenRunsOptions options_;
  const Clock& clock_;
  std::mutex opening_;  // one at a time: they choose free folders
  mutable std::mutex mutex_;
  std::map<fs::path, std::shared_ptr<OpenRun>> runs_;  // by folder
};

}  // namespace kernelevolve::cli::mcp
