// EvaluatorWorkbench: the judge of a run within the reach of those who write its
// kernels.
#pragma once

#include <mutex>
#include <string>

#include "core/target_set.h"
#include "core/task.h"
#include "eval/evaluator.h"
#include "propose/workbench.h"

namespace kernelevolve {

// Thread-safe. Owned by whoever keeps the run's ledger.
class EvaluatorWorkbench : public Workbench {
 public:
  // Everything outlives it. `search_secret` is the root of the run's input
  // seeds: what is evaluated here sees the inputs that a node would.
  EvaluatorWorkbench(Evaluator& evaluator, const Task& task,
                     const TargetSet& targets,
                     const std::string& search_secret)
      : evaluator_(evaluator),
        task_(task),
        targets_(targets),
        search_secret_(search_secret) {}

  Result<Evaluation> Lint(const Candidate& candidate,
                          const StopCondition& stop) override;
  Result<Evaluation> Evaluate(const Candidate& candidate,
                              const StopCondition& stop) override;

  // What judging took since this was last asked.
  JudgeTime TakeTime();

 private:
  Result<Evaluation> Judge(const Candidate& candidate, bool build_only,
                           const StopCondition& stop);

  Evaluator& evaluator_;
  const Task& task_;
  const TargetSet& targets_;
  const std::string& search_secret_;
  std::mutex mutex_;  // guards time_
  JudgeTime time_;
};

}  // namespace kernelevolve
