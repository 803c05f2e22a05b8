#include "engine/workbench.h"

#include <utility>

namespace kernelevolve {

Result<Evaluation> EvaluatorWorkbench::Lint(const Candidate& candidate,
                                            const StopCondition& stop) {
  return Judge(candidate, true, stop);
}

Result<Evaluation> EvaluatorWorkbench::Evaluate(const Candidate& candidate,
                                                const StopCondition& stop) {
  return Judge(candidate, false, stop);
}

Result<Evaluation> EvaluatorWorkbench::Judge(const Candidate& candidate,
                                             bool build_only,
                                             const StopCondition& stop) {
  EvaluationRequest request;
  request.task = task_;
  request.target = targets_.For(candidate.language);
  request.candidate = candidate;
  request.stage = Stage::kSearch;
  request.secret = search_secret_;
  request.build_only = build_only;
  Result<Evaluation> evaluation = evaluator_.Evaluate(request, stop);
  if (evaluation) {
    const std::lock_guard lock(mutex_);
    time_.Add(evaluation->phases);
  }
  return evaluation;
}

JudgeTime EvaluatorWorkbench::TakeTime() {
  const std::lock_guard lock(mutex_);
  return std::exchange(time_, JudgeTime());
}

}  // namespace kernelevolve
