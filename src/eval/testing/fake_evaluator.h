// FakeEvaluator: a landscape instead of a judge. Fitness is a pure function of
// the candidate's source and parameters, with a known best.
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>

#include "eval/evaluator.h"

namespace kernelevolve {

// Thread-safe.
class FakeEvaluator : public Evaluator {
 public:
  // What the judge would say; candidate_id and stage are filled in after.
  using Landscape = std::function<Evaluation(const EvaluationRequest&)>;

  explicit FakeEvaluator(Landscape landscape);

  Result<Evaluation> Evaluate(const EvaluationRequest& request,
                              const StopCondition& stop) override;

  int calls(Stage stage) const;
  // Ids seen at a stage, in the order of the calls.
  std::vector<std::string> seen(Stage stage) const;
  // Secrets seen at a stage.
  std::vector<std::string> secrets(Stage stage) const;

 private:
  struct Call {
    Stage stage;
    std::string id, secret;
  };
  Landscape landscape_;
  mutable std::mutex mutex_;
  std::vector<Call> calls_;
};

// An accepted evaluation with that speedup and an interval of ± `error`.
Evaluation FakeAccepted(double speedup, double error = 0.01);
Evaluation FakeRejected(Code code);

// Speedup = product over the parameters of a unimodal factor that is 2 at the
// parameter's `best` value (as a number) and falls by half per doubling away.
Evaluation UnimodalLandscape(const EvaluationRequest& request,
                             const ParameterValues& best);

}  // namespace kernelevolve
