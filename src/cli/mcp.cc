// kernelevolve mcp
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/mcp/server.h"
#include "cli/mcp/tools.h"
#include "cli/workers.h"

namespace kernelevolve::cli {
namespace {

constexpr const char* kServerVersion = "0.1.0";
// One agent rarely asks for more at once, and each is a process per run.
constexpr int kMostDefaultJobs = 4;

struct McpFlags {
  std::optional<int64_t> jobs;
  std::string code;
  bool unsafe = false;
};

Flags MakeFlags(McpFlags& options) {
  Flags flags({"kernelevolve mcp",
               "serve a coding agent over the Model Context Protocol",
               "[flags]",
               "claude mcp add kernelevolve -- kernelevolve mcp\n"
               "  (docs/agents.md: other clients, the tools, a session)"});
  flags.Integer("--jobs", options.jobs, {1, 256},
                "kernels judged at once, for each run (default: the cores, at "
                "most 4)");
  flags.Text("--code", "DIR", options.code,
             "a source tree of yours that node_context may quote from");
  flags.Switch("--unsafe-no-sandbox", options.unsafe,
               "run candidates with your own rights");
  return flags;
}

int Jobs(const McpFlags& options) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return static_cast<int>(
      options.jobs.value_or(std::clamp(cores, 1, kMostDefaultJobs)));
}

mcp::OpenRunsOptions RunsOptions(const McpFlags& flags) {
  mcp::OpenRunsOptions options;
  options.jobs = Jobs(flags);
  options.code = flags.code;
  options.make_executor = [unsafe = flags.unsafe](
                              const WorkDir& folder, const Target& target,
                              int jobs, const StopCondition& stop) {
    LocalExecutorOptions executor;
    executor.workers = jobs;
    executor.unsafe_no_sandbox = unsafe;
    executor.log_folder = folder.worker_logs();
    executor.device = target.device;
    executor.device_kind = target.device_kind;
    return MakeLocalExecutor(executor, stop);
  };
  return options;
}

}  // namespace

Result<int> RunMcp(const Arguments& arguments, Session& session) {
  McpFlags flags_values;
  Flags flags = MakeFlags(flags_values);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  if (flags_values.unsafe) WarnOfMissingSandbox(session);

  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  mcp::OpenRuns runs(RunsOptions(flags_values), session.clock);
  mcp::ToolBox tools;
  const mcp::ToolParts parts{runs, data, session.program};
  RETURN_IF_ERROR(mcp::AddLibraryTools(parts, tools));
  mcp::AddRunTools(parts, tools);
  mcp::AddKernelTools(parts, tools);
  mcp::FdTransport transport(STDIN_FILENO, STDOUT_FILENO);
  mcp::Server server({}, {"kernelevolve", kServerVersion, mcp::Instructions()},
                     tools, transport);
  server.Run(session.stop);
  return kDone;
}

}  // namespace kernelevolve::cli
