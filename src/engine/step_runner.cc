#include "engine/step_runner.h"

namespace kernelevolve {

// How long an interrupt may go unnoticed.
static constexpr std::chrono::milliseconds kMoment{50};

StepRunner::StepRunner(const Task& task, const TargetSet& targets,
                       Proposer& proposer, Evaluator& evaluator, int slots)
    : task_(task),
      targets_(targets),
      proposer_(proposer),
      evaluator_(evaluator),
      pool_(slots) {}

StepRunner::~StepRunner() {
  for (StopCondition* jobs : {&proposing_, &evaluating_})
    jobs->Request(StopCondition::Reason::kTerminate);
}

void StepRunner::Propose(int64_t job, ProposalRequest request) {
  request.task = &task_;
  pool_.Submit(job, [this, request = std::move(request)] {
    return proposer_.Propose(request, proposing_);
  });
}

void StepRunner::Evaluate(int64_t job, const Candidate& candidate, Stage stage,
                          const std::string& secret) {
  EvaluationRequest request;
  request.task = task_;
  request.target = targets_.For(candidate.language);
  request.candidate = candidate;
  request.stage = stage;
  request.secret = secret;
  pool_.Submit(job, [this, request = std::move(request)] {
    return evaluator_.Evaluate(request, evaluating_);
  });
}

void StepRunner::EndProposals() {
  proposing_.Request(StopCondition::Reason::kBudget);
}

std::optional<StepDone> StepRunner::Wait(const StopCondition& stop) {
  if (stop.requested())
    for (StopCondition* jobs : {&proposing_, &evaluating_})
      jobs->Request(stop.reason());
  return pool_.Wait(kMoment);
}

}  // namespace kernelevolve
