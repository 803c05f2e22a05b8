#include "cli/workers.h"

#include <cstdio>

#include "engine/executor.h"

namespace kernelevolve::cli {

Result<Workers> StartWorkers(const Target& target, const WorkersOptions& options,
                             Session& session) {
  if (options.unsafe_no_sandbox) WarnOfMissingSandbox(session);
  ASSIGN_OR_RETURN(TempFolder logs, TempFolder::Create("kernelevolve-logs-"));
  LocalExecutorOptions executor;
  executor.workers = options.count;
  executor.unsafe_no_sandbox = options.unsafe_no_sandbox;
  executor.log_folder = logs.path();
  executor.device = target.device;
  executor.device_kind = target.device_kind;
  executor.on_waiting = TellWaiting;
  ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> pool,
                   StartLocalWorkers(executor, session.stop));
  return Workers{std::move(logs), std::move(pool)};
}

void TellWaiting(const std::string& what) {
  std::fprintf(stderr, "kernelevolve: %s\n", what.c_str());
}

void WarnOfMissingSandbox(Session& session) {
  session.console.Err(
      "kernelevolve: WARNING: --unsafe-no-sandbox: candidates run with your "
      "rights and can read, change and send whatever you can\n");
}

}  // namespace kernelevolve::cli
