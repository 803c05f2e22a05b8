// Evaluator: the engine's view of the judge.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/stop.h"
#include "core/candidate.h"
#include "core/evaluation.h"
#include "core/target.h"
#include "core/task.h"

namespace kernelevolve {

struct EvaluationRequest {
  Task task;
  Target target;
  Candidate candidate;
  Stage stage = Stage::kSearch;
  // Root of the stage's input seeds, 64 hexadecimal digits; never shown to a
  // proposer. Search: one per run, so that expected outputs are computed once.
  // Confirm, final: fresh each time ("" lets the worker draw one).
  std::string secret;
  // Names of checks switched off, for the ablation matrix; every such result
  // says so in its notes.
  std::vector<std::string> disabled_checks;
  bool explain = false;  // a full profile at any stage
  // Compile and run nothing: INCONCLUSIVE with the code OK says that it builds.
  bool build_only = false;
};

// Thread-safe: several threads may evaluate at once, each blocking until its
// own result. A failing candidate is an Evaluation; an Error means that we
// could not judge (and, after one retry, gave up). Once `stop` is requested
// the call returns soon with kInterrupted.
class Evaluator {
 public:
  virtual ~Evaluator() = default;
  virtual Result<Evaluation> Evaluate(const EvaluationRequest& request,
                                      const StopCondition& stop) = 0;
};

}  // namespace kernelevolve
