#include "engine/executor.h"

#include "base/format.h"
#include "eval/worker_pool.h"

namespace kernelevolve {
namespace {

// One per user and device: runs that share a device take turns at timing.
Result<fs::path> LaneLock(const std::string& device) {
  ASSIGN_OR_RETURN(const fs::path cache, CacheFolder());
  return cache / format("lane-{}.lock", device);
}

}  // namespace

Result<std::unique_ptr<WorkerPool>> StartLocalWorkers(
    const LocalExecutorOptions& options, const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path program, FindWorkerProgram());
  WorkerPoolOptions pool;
  pool.program = {program.string()};
  pool.workers = options.workers;
  pool.unsafe_no_sandbox = options.unsafe_no_sandbox;
  pool.log_folder = options.log_folder;
  ASSIGN_OR_RETURN(pool.lane_lock, LaneLock(options.device));
  return WorkerPool::Create(pool, stop);
}

Result<Executor> MakeLocalExecutor(const LocalExecutorOptions& options,
                                   const StopCondition& stop) {
  ASSIGN_OR_RETURN(std::unique_ptr<WorkerPool> pool,
                   StartLocalWorkers(options, stop));
  Executor executor;
  executor.device = pool->hello().device;
  executor.toolchain = pool->hello().toolchain;
  executor.evaluator = std::move(pool);
  return executor;
}

}  // namespace kernelevolve
