// Workers for the commands that judge outside of a run.
#pragma once

#include <memory>
#include <string>

#include "base/file.h"
#include "cli/session.h"
#include "core/target.h"
#include "eval/worker_pool.h"

namespace kernelevolve::cli {

// A pool, and the folder of its logs, which goes when the pool has gone.
struct Workers {
  TempFolder logs;
  std::unique_ptr<WorkerPool> pool;
};

struct WorkersOptions {
  int count = 1;
  bool unsafe_no_sandbox = false;
};

Result<Workers> StartWorkers(const Target& target, const WorkersOptions& options,
                             Session& session);

// Says on standard error what workers wait for; from any thread.
void TellWaiting(const std::string& what);

// What --unsafe-no-sandbox says, each time, on standard error.
void WarnOfMissingSandbox(Session& session);

}  // namespace kernelevolve::cli
