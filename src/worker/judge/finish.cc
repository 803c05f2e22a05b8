#include "worker/judge/finish.h"

#include "base/check.h"
#include "base/text.h"

namespace kernelevolve::worker {
namespace {

void AddMetrics(const Evidence& evidence, Evaluation* evaluation) {
  const auto metric = [&](const char* name, double value, const char* unit) {
    evaluation->metrics.push_back({name, value, unit});
  };
  metric("elements_compared", static_cast<double>(evidence.elements_compared), "");
  metric("calls_checked", static_cast<double>(evidence.calls), "");
  metric("worst_error", evidence.worst_share, "of the allowance");
}

}  // namespace

void FinishEvaluation(const Evidence& evidence,
                      const std::optional<Failure>& failure,
                      Evaluation* evaluation) {
  AddMetrics(evidence, evaluation);
  evaluation->phases.kernel = evidence.kernel_ms;
  if (evidence.nondeterministic)
    evaluation->notes.push_back("nondeterministic: bits differ between processes, "
                                "within the error bound");
  if (failure) {
    evaluation->status = failure->code == Code::kNoisy
                             ? VerdictStatus::kInconclusive
                             : VerdictStatus::kReject;
    evaluation->code = failure->code;
    evaluation->message = Sanitize(failure->message, 2000);
    evaluation->failed_check = failure->check;
    if (!failure->log.empty()) evaluation->log = failure->log;
    evaluation->speedup = 0;
    evaluation->decision.reset();
    evaluation->shapes.clear();
  } else if (evaluation->status != VerdictStatus::kInconclusive) {
    // Nothing compared with nothing would be equal.
    CHECK(evidence.elements_compared > 0);
    evaluation->status = VerdictStatus::kAccept;
    evaluation->code = Code::kOk;
  }
}

}  // namespace kernelevolve::worker
