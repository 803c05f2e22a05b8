// FakeWorkbench: a judge that refuses what holds one of two words, and knows one
// speed.
#pragma once

#include <string>
#include <vector>

#include "propose/workbench.h"

namespace kernelevolve {

// One thread.
class FakeWorkbench : public Workbench {
 public:
  Result<Evaluation> Lint(const Candidate& candidate,
                          const StopCondition& stop) override {
    if (stop.requested()) return Fail(ErrorCode::kInterrupted, "stopped");
    linted.push_back(candidate);
    Evaluation evaluation;
    evaluation.status = VerdictStatus::kInconclusive;
    evaluation.code = Code::kOk;
    if (candidate.source.find("does_not_build") == std::string::npos)
      return evaluation;
    evaluation.status = VerdictStatus::kReject;
    evaluation.code = Code::kBuildFailed;
    evaluation.message = "'does_not_build' was not declared";
    evaluation.log = log;
    return evaluation;
  }

  Result<Evaluation> Evaluate(const Candidate& candidate,
                              const StopCondition& stop) override {
    if (stop.requested()) return Fail(ErrorCode::kInterrupted, "stopped");
    evaluated.push_back(candidate);
    Evaluation evaluation;
    evaluation.status = VerdictStatus::kAccept;
    evaluation.code = Code::kOk;
    evaluation.speedup = speedup;
    if (candidate.source.find("is_wrong") == std::string::npos)
      return evaluation;
    evaluation.status = VerdictStatus::kReject;
    evaluation.code = Code::kWrongOutput;
    return evaluation;
  }

  std::string log = "error: 'does_not_build' was not declared";
  double speedup = 1.5;
  std::vector<Candidate> linted, evaluated;
};

}  // namespace kernelevolve
