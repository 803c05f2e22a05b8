// StepRunner: proposals and evaluations of one run on pool threads, with
// stop conditions of their own.
#pragma once

#include <string>

#include "base/clock.h"
#include "core/target_set.h"
#include "core/task.h"
#include "engine/step_pool.h"
#include "eval/evaluator.h"
#include "propose/proposer.h"

namespace kernelevolve {

// Owned by the campaign's thread. The destructor makes running jobs stop and
// waits for them.
class StepRunner {
 public:
  // Everything outlives the runner.
  StepRunner(const Task& task, const TargetSet& targets, Proposer& proposer,
             Evaluator& evaluator, int slots);
  ~StepRunner();

  // Of one of the targets.
  void Propose(int64_t job, ProposalRequest request);
  // For the target of its language.
  void Evaluate(int64_t job, const Candidate& candidate, Stage stage,
                const std::string& secret);
  // Proposals end soon with kInterrupted, evaluations go on. For good.
  void EndProposals();
  // The next finished job, or nullopt after a moment. Once `stop` is requested,
  // running jobs end soon with kInterrupted.
  std::optional<StepDone> Wait(const StopCondition& stop);

 private:
  const Task& task_;
  const TargetSet& targets_;
  Proposer& proposer_;
  Evaluator& evaluator_;
  // Of the jobs: raised for the caller's, or by our end.
  StopCondition proposing_, evaluating_;
  StepPool pool_;       // last: its threads use what is above
};

}  // namespace kernelevolve
