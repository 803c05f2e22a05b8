#include "propose/llm/bench_tools.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/bottleneck_report.h"
#include "propose/llm/untrusted.h"

namespace kernelevolve {
namespace {

constexpr size_t kMessageBytes = 600, kLogBytes = 6 << 10;

// Stopped, or a line for the model.
Result<std::string> TroubleText(const Error& error) {
  if (error.code == ErrorCode::kInterrupted) return Fail(error);
  return Quoted("The judge could not be asked", "text", error.message,
                kMessageBytes);
}

// Whether the judge came past the compiler.
bool Ran(const Evaluation& evaluation) {
  switch (evaluation.code) {
    case Code::kContract:
    case Code::kBuildFailed:
    case Code::kBuildTamper:
    case Code::kNoDevice:
    case Code::kWorkerLost:
      return false;
    default:
      return true;
  }
}

}  // namespace

Result<std::string> BenchTools::Lint(const Candidate& candidate,
                                     const StopCondition& stop) {
  const std::string id = candidate.Id();
  auto it = linted_.find(id);
  if (it == linted_.end()) {
    Result<Evaluation> evaluation = request_.workbench->Lint(candidate, stop);
    if (!evaluation) return TroubleText(evaluation.error());
    it = linted_.emplace(id, *std::move(evaluation)).first;
  }
  return LintText(it->second);
}

Result<std::string> BenchTools::Evaluate(const Candidate& candidate,
                                         const StopCondition& stop) {
  const std::string id = candidate.Id();
  auto it = evaluated_.find(id);
  if (it == evaluated_.end()) {
    if (evaluations_left_ == 0)
      return std::string("No evaluation is left; lint and submit.");
    --evaluations_left_;
    Result<Evaluation> evaluation =
        request_.workbench->Evaluate(candidate, stop);
    if (!evaluation) return TroubleText(evaluation.error());
    it = evaluated_.emplace(id, *std::move(evaluation)).first;
  }
  return EvaluationText(candidate, it->second);
}

bool BenchTools::Built(const Candidate& candidate) const {
  const std::string id = candidate.Id();
  const auto linted = linted_.find(id), evaluated = evaluated_.find(id);
  return (linted != linted_.end() && linted->second.code == Code::kOk) ||
         (evaluated != evaluated_.end() && Ran(evaluated->second));
}

bool BenchTools::Sound(const Candidate& candidate) const {
  const auto evaluated = evaluated_.find(candidate.Id());
  return Built(candidate) &&
         (evaluated == evaluated_.end() ||
          evaluated->second.status != VerdictStatus::kReject);
}

std::string BenchTools::LintText(const Evaluation& evaluation) const {
  if (evaluation.code == Code::kOk) return "It builds.";
  if (!diagnostics_) return "It does not build.";
  std::string text = format("It does not build: {}.\n",
                            CodeName(evaluation.code));
  if (!evaluation.message.empty())
    text += Quoted("What was found", "text", evaluation.message, kMessageBytes);
  if (!evaluation.log.empty())
    text += Quoted("Log", "text", evaluation.log, kLogBytes);
  return text;
}

// The report that the next node would begin with.
std::string BenchTools::EvaluationText(const Candidate& candidate,
                                       const Evaluation& evaluation) const {
  std::string text =
      evaluation.accepted()
          ? format("Right, {:.3g}x the best baseline.\n", evaluation.speedup)
          : "Not accepted.\n";
  if (!diagnostics_) return text;
  Node node;
  node.candidate = candidate;
  node.evaluation = evaluation;
  ProposalRequest as_parent = request_;
  as_parent.parent = &node;
  as_parent.ancestors.push_back(&node);
  text += ReportByRules(as_parent).ToText();
  if (!evaluation.accepted() && !evaluation.log.empty())
    text += Quoted("Log", "text", evaluation.log, kLogBytes);
  return text;
}

}  // namespace kernelevolve
