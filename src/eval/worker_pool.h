// WorkerPool: the Evaluator on this machine. Keeps a number of warm
// `kernelevolve-worker serve` processes and hands each request to a free one.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "eval/evaluator.h"
#include "process/device_lanes.h"
#include "wire/messages.h"

namespace kernelevolve {

struct WorkerPoolOptions {
  // How a worker is started; "serve" and the flags below are appended.
  std::vector<std::string> program;
  int workers = 1;
  // Each worker has one of them, in turn; at least one.
  std::vector<DeviceLane> lanes;
  // One folder per worker is made in it; "": a temporary one of the pool's own.
  fs::path scratch;
  fs::path log_folder;  // worker-N.log takes each worker's standard error
  bool unsafe_no_sandbox = false;
  // Told wire::kWaitingForDevice when a worker reports it, once per request; from
  // the pool's threads.
  std::function<void(const std::string& what)> on_waiting;
  // The self-test of the sandbox comes before the greeting.
  std::chrono::milliseconds hello_timeout{60'000};
  // A worker that says nothing for so long, progress included, hangs.
  std::chrono::milliseconds silence_timeout{300'000};
  // All of one request, queueing for the lane included.
  std::chrono::milliseconds request_timeout{1'200'000};
};

// Thread-safe; see Evaluator. A worker that dies, hangs or talks nonsense is
// replaced and its request tried once more by the new one; after that the
// result is HARNESS_ERROR with code WORKER_LOST. Destroyed only after all calls
// have returned; ends its workers.
class WorkerPool : public Evaluator {
 public:
  // Starts the workers, waits for all greetings. kMissing: the program is
  // absent, speaks another protocol, or refuses because of its sandbox.
  static Result<std::unique_ptr<WorkerPool>> Create(
      const WorkerPoolOptions& options, const StopCondition& stop);
  ~WorkerPool() override;

  // The greeting of the first worker: sandbox layers, device, toolchain.
  const wire::Hello& hello() const;
  // Workers replaced so far.
  int replaced() const;

  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override;
  Result<std::vector<wire::TaskFinding>> CheckTask(const Task& task,
                                                   const Target& target,
                                                   const StopCondition& stop);

 private:
  struct Impl;
  explicit WorkerPool(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Path of the worker beside the running program; kMissing says how to build it.
Result<fs::path> FindWorkerProgram();

}  // namespace kernelevolve
