#include "engine/executor.h"

#include <algorithm>

#include "base/digest.h"
#include "base/format.h"
#include "base/json.h"
#include "base/random.h"
#include "engine/device_facts.h"
#include "engine/machine_here.h"
#include "eval/verdict_log.h"
#include "eval/worker_pool.h"

namespace kernelevolve {

namespace {

// So that a bundle's answers find their run, wherever its folder is moved.
Result<std::string> RunNameFor(const BundleExecutorOptions& options,
                               const WorkDir& work_dir) {
  std::error_code error;
  std::string name;
  if (fs::exists(work_dir.bundles(), error)) {
    ASSIGN_OR_RETURN(const std::string text, ReadFile(work_dir.bundles()));
    ASSIGN_OR_RETURN(const Json json, ParseJson(text));
    name = GetString(json, "run").value_or("");
  }
  if (name.empty())
    name = format("{}-{}", work_dir.name(), Hex(SecretBytes(8)));
  RETURN_IF_ERROR(WriteFileAtomic(
      work_dir.bundles(),
      DumpPrettyJson({{"run", name},
                      {"folder", options.folder.string()},
                      {"size", options.bundle_size}})));
  return name;
}

}  // namespace

Result<Executor> MakeBundleExecutor(const BundleExecutorOptions& given,
                                    const WorkDir& work_dir,
                                    const Clock& clock) {
  constexpr double kSettleSeconds = 5;
  BundleExecutorOptions options = given;
  options.folder = fs::absolute(given.folder).lexically_normal();
  BundleOptions bundles;
  bundles.wait_minutes = options.wait_minutes;
  bundles.book.folder = options.folder;
  bundles.book.bundle_size = options.bundle_size;
  // Who does not wait looks once only.
  if (options.wait_minutes > 0) bundles.book.settle_seconds = kSettleSeconds;
  ASSIGN_OR_RETURN(bundles.book.run,
                   RunNameFor(options, work_dir));
  ASSIGN_OR_RETURN(std::unique_ptr<BundleEvaluator> evaluator,
                   BundleEvaluator::Create(bundles, clock));
  const JudgingMachine machine = evaluator->MachineOf("", Stage::kSearch);
  Executor executor;
  executor.device = machine.device;
  executor.toolchain = machine.toolchain;
  executor.deferred = evaluator.get();
  executor.evaluator = std::move(evaluator);
  return executor;
}

BundleExecutorOptions BundlesOf(const WorkDir& work_dir) {
  BundleExecutorOptions options;
  const auto text = ReadFile(work_dir.bundles());
  const auto json = ParseJson(text.value_or(""));
  if (!json) return options;
  options.folder = GetString(*json, "folder").value_or("");
  if (const auto size = GetInteger(*json, "size"); size && *size > 0)
    options.bundle_size = static_cast<size_t>(*size);
  return options;
}

Result<std::unique_ptr<WorkerPool>> StartLocalWorkers(
    const LocalExecutorOptions& options, const StopCondition& stop) {
  ASSIGN_OR_RETURN(const fs::path program, FindWorkerProgram());
  WorkerPoolOptions pool;
  pool.program = {program.string()};
  pool.unsafe_no_sandbox = options.unsafe_no_sandbox;
  pool.log_folder = options.log_folder;
  pool.on_waiting = options.on_waiting;
  ASSIGN_OR_RETURN(pool.lanes,
                   FindLanes(options.device, options.device_kind, stop));
  pool.workers =
      std::max(options.workers, static_cast<int>(pool.lanes.size()));
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
  // Its stop is not kept: a call's may be gone before the run is.
  executor.describe = [hello = pool->hello(), kind = options.device_kind] {
    return DescribeMachine(hello, kind, StopCondition());
  };
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
  executor.played = replay.get();
  executor.evaluator = std::move(replay);
  return executor;
}

}  // namespace kernelevolve
