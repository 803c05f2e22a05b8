// WorkerLink: one worker process and the conversation with it.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/stop.h"
#include "eval/worker_pool.h"
#include "process/child.h"
#include "wire/messages.h"

namespace kernelevolve {

// Owned by one thread, which must live as long (process/child.h). Once a call
// has failed the link is of no more use: destroy it, which ends the worker.
class WorkerLink {
 public:
  // Starts worker number `index` and waits for its greeting. kMissing where the
  // program is absent or refuses to serve; kInfrastructure where it dies.
  static Result<WorkerLink> Start(const WorkerPoolOptions& options, int index,
                                  const StopCondition& stop);
  WorkerLink(WorkerLink&&) = default;
  WorkerLink& operator=(WorkerLink&&) = default;

  const wire::Hello& hello() const { return hello_; }
  // False if the process has ended by itself.
  bool Alive();

  // Sends one request and waits for its answer, progress skipped. Errors:
  // kInterrupted; retryable where the worker died, hung or talked nonsense;
  // what the worker itself reports.
  Result<Json> Exchange(const Json& request, int64_t id,
                        const StopCondition& stop);
  // Of processors, by the worker and all that it has started and waited for.
  double CpuSeconds() const;
  // SIGTERM, then SIGKILL.
  void End();

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  WorkerLink(Child child, const WorkerPoolOptions& options, fs::path log)
      : child_(std::move(child)), options_(&options), log_(std::move(log)) {}
  Status Greet(const StopCondition& stop);
  // A whole frame, or an error at the deadline, at `stop`, at its death.
  Result<Json> NextFrame(TimePoint deadline, const StopCondition& stop);
  tl::unexpected<Error> Lost(const std::string& what);

  Child child_;
  const WorkerPoolOptions* options_;
  fs::path log_;
  wire::Hello hello_;
};

}  // namespace kernelevolve
