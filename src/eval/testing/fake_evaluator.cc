#include "eval/testing/fake_evaluator.h"

#include <cmath>
#include <cstdlib>

namespace kernelevolve {

FakeEvaluator::FakeEvaluator(Landscape landscape)
    : landscape_(std::move(landscape)) {}

Result<Evaluation> FakeEvaluator::Evaluate(const EvaluationRequest& request,
                                           const StopCondition& stop) {
  if (stop.requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
  const std::string id = request.candidate.Id();
  {
    const std::lock_guard lock(mutex_);
    calls_.push_back({request.stage, id, request.secret});
  }
  Evaluation evaluation = landscape_(request);
  evaluation.candidate_id = id;
  evaluation.stage = request.stage;
  return evaluation;
}

int FakeEvaluator::calls(Stage stage) const {
  return static_cast<int>(seen(stage).size());
}

std::vector<std::string> FakeEvaluator::seen(Stage stage) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> ids;
  for (const Call& call : calls_)
    if (call.stage == stage) ids.push_back(call.id);
  return ids;
}

std::vector<std::string> FakeEvaluator::secrets(Stage stage) const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> secrets;
  for (const Call& call : calls_)
    if (call.stage == stage) secrets.push_back(call.secret);
  return secrets;
}

Evaluation FakeAccepted(double speedup, double error) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kAccept;
  evaluation.code = Code::kOk;
  evaluation.baseline = "reference";
  evaluation.speedup = speedup;
  evaluation.speedup_ci = {speedup * (1 - error), speedup * (1 + error)};
  ShapeResult shape;
  shape.name = "only";
  shape.time_us = 100 / speedup;
  shape.ci_us = {shape.time_us * (1 - error), shape.time_us * (1 + error)};
  shape.speedup = speedup;
  shape.speedup_ci = evaluation.speedup_ci;
  shape.bound_us = 1;
  shape.speed_of_light = speedup / 100;
  shape.panel = {{"reference", 100}};
  evaluation.shapes.push_back(shape);
  return evaluation;
}

Evaluation FakeRejected(Code code) {
  Evaluation evaluation;
  evaluation.status = VerdictStatus::kReject;
  evaluation.code = code;
  evaluation.message = "as the landscape says";
  return evaluation;
}

Evaluation UnimodalLandscape(const EvaluationRequest& request,
                             const ParameterValues& best) {
  double speedup = 1;
  for (const auto& [name, value] : request.candidate.parameters) {
    const auto it = best.find(name);
    if (it == best.end()) continue;
    const double distance =
        std::fabs(std::log2(std::strtod(value.c_str(), nullptr) /
                            std::strtod(it->second.c_str(), nullptr)));
    speedup *= 2 * std::exp2(-distance);
  }
  return FakeAccepted(speedup);
}

}  // namespace kernelevolve
