// BenchTools: the tools that ask the judge: lint and evaluate.
#pragma once

#include <map>
#include <string>

#include "propose/llm/answer.h"
#include "propose/proposer.h"

namespace kernelevolve {

// Of one proposal, one thread. The request has a workbench and outlives it.
class BenchTools {
 public:
  BenchTools(const ProposalRequest& request, bool diagnostics, int evaluations)
      : request_(request),
        diagnostics_(diagnostics),
        evaluations_left_(evaluations) {}

  // What to tell the model. An error only where the run is being stopped: other
  // trouble is told as well. What was asked before is not asked again.
  Result<std::string> Lint(const Candidate& candidate,
                           const StopCondition& stop);
  Result<std::string> Evaluate(const Candidate& candidate,
                               const StopCondition& stop);
  // Whether it compiles, as far as that was found out.
  bool Built(const Candidate& candidate) const;
  // Whether it does, and the judge, if it was asked, had nothing against it.
  bool Sound(const Candidate& candidate) const;
  int evaluations_left() const { return evaluations_left_; }

 private:
  std::string LintText(const Evaluation& evaluation) const;
  std::string EvaluationText(const Candidate& candidate,
                             const Evaluation& evaluation) const;

  const ProposalRequest& request_;
  const bool diagnostics_;
  int evaluations_left_;
  // By candidate.
  std::map<std::string, Evaluation> linted_, evaluated_;
};

}  // namespace kernelevolve
