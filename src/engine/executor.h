// Executor: an evaluator with what keys its results.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/stored_result.h"
#include "engine/work_dir.h"
#include "eval/bundle_evaluator.h"
#include "eval/verdict_log.h"
#include "wire/messages.h"

namespace kernelevolve {

class WorkerPool;

struct Executor {
  std::unique_ptr<Evaluator> evaluator;
  std::string device;     // "AMD EPYC (2 cores)"
  std::string toolchain;  // "g++ 12.2.0"
  std::string facts;      // of the device, as prompts tell them
  // The evaluator itself, or one within it, where its answers may come after
  // this process has ended; else null.
  DeferredEvaluator* deferred = nullptr;
  // The evaluator itself where it plays recorded verdicts; else null.
  ReplayEvaluator* played = nullptr;
  // All that results record of the machine; it takes a moment. Null where no
  // more is known than device and toolchain.
  std::function<MachineRecord()> describe;
};

struct LocalExecutorOptions {
  int workers = 1;
  bool unsafe_no_sandbox = false;
  fs::path log_folder;            // made if absent
  // Whose lanes: one lock per device and user. There is at least one worker for
  // each.
  std::string device = "native", device_kind = "cpu";
  // As WorkerPoolOptions has it.
  std::function<void(const std::string& what)> on_waiting;
};

// Workers on this machine.
Result<std::unique_ptr<WorkerPool>> StartLocalWorkers(
    const LocalExecutorOptions& options, const StopCondition& stop);
Result<Executor> MakeLocalExecutor(const LocalExecutorOptions& options,
                                   const StopCondition& stop);

// The same one, which also writes its verdicts to VerdictsOf(`recording`).
Result<Executor> RecordVerdicts(Executor executor, const fs::path& recording);
// Verdicts of an earlier run: no worker, no device. `recording` is that of the
// model's answers.
Result<Executor> MakeReplayExecutor(const fs::path& recording);

// Judged elsewhere: the folder that bundles are exchanged through, and how.
struct BundleExecutorOptions {
  fs::path folder;
  size_t bundle_size = 64;
  double wait_minutes = 0;
};
Result<Executor> MakeBundleExecutor(const BundleExecutorOptions& options,
                                    const WorkDir& work_dir,
                                    const Clock& clock);
// How a run exchanges its bundles, as it was last told; no folder for others.
BundleExecutorOptions BundlesOf(const WorkDir& work_dir);

// Makes the executor of a run once its folder is there and locked.
using ExecutorFactory = std::function<Result<Executor>(const WorkDir&)>;

}  // namespace kernelevolve
