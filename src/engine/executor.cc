#include "engine/executor.h"

#include "base/format.h"
#include "engine/device_facts.h"
#include "eval/verdict_log.h"
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
  executor.facts = DeviceFacts(executor.device, options.device);
  executor.evaluator = std::move(pool);
  return executor;
}

Result<Executor> RecordVerdicts(Executor executor, const fs::path& recording) {
  ASSIGN_OR_RETURN(executor.evaluator,
                   RecordingEvaluator::Create(
                       std::move(executor.evaluator), VerdictsOf(recording),
                       {executor.device, executor.toolchain, executor.facts}));
  return executor;
}

Result<Executor> MakeReplayExecutor(const fs::path& recording) {
  ASSIGN_OR_RETURN(std::unique_ptr<ReplayEvaluator> replay,
                   ReplayEvaluator::Load(VerdictsOf(recording)));
  Executor executor;
  executor.device = replay->header().device;
  executor.toolchain = replay->header().toolchain;
  executor.facts = replay->header().facts;
  executor.evaluator = std::move(replay);
  return executor;
}

}  // namespace kernelevolve
