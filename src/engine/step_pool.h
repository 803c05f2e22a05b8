// StepPool: the threads on which proposals and evaluations run. Everything else
// of a run happens on the thread that owns the pool.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <variant>
#include <vector>

#include "base/result.h"
#include "core/evaluation.h"
#include "propose/proposer.h"

namespace kernelevolve {

using Proposed = Result<std::optional<Proposal>>;
using Evaluated = Result<Evaluation>;

// What came back of one job.
struct StepDone {
  int64_t job = 0;
  std::variant<Proposed, Evaluated> outcome;
};

// Submit and Wait are for the owner's thread. The destructor waits for running
// jobs: make them stop first.
class StepPool {
 public:
  using Work = std::function<std::variant<Proposed, Evaluated>()>;

  explicit StepPool(int threads);
  ~StepPool();

  void Submit(int64_t job, Work work);
  // The next finished job in order of finishing; nullopt after `limit`.
  std::optional<StepDone> Wait(std::chrono::milliseconds limit);

 private:
  struct Queued {
    int64_t job;
    Work work;
  };
  void Run();

  std::mutex mutex_;
  std::condition_variable work_ready_, done_ready_;
  std::deque<Queued> work_;
  std::deque<StepDone> done_;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace kernelevolve
