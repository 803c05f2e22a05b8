#include "engine/verify.h"

#include "base/format.h"
#include "base/text.h"
#include "engine/verify/subject.h"
#include "measure/decision.h"

namespace kernelevolve {
namespace {

constexpr size_t kReasonBytes = 1000;

// What keeps one result from being judged is no reason to give up the rest.
Outcome OutcomeOf(const Error& error) {
  switch (error.code) {
    case ErrorCode::kMissing: return Outcome::kNotRun;
    case ErrorCode::kBadInput: return Outcome::kUnreadable;
    default: return Outcome::kJudgeFailed;
  }
}

// Without a judge no result is at fault.
Error WithoutJudge(Error error) {
  if (error.code == ErrorCode::kBadInput) error.code = ErrorCode::kInfrastructure;
  return error;
}

class Verification {
 public:
  Verification(const FoundResult& found, const VerifyOptions& options,
               const StopCondition& stop)
      : found_(found), options_(options), stop_(stop) {
    report_.name = found.name();
    report_.exported = found.exported;
  }

  Result<VerifyReport> Run(const FindJudge& find_judge) {
    if (!found_.result) return Unjudged(found_.result.error());
    report_.recorded = *found_.result;
    const Result<Target> target = TargetOf(report_.recorded, options_.data);
    if (!target) return Unjudged(target.error());
    const Result<std::optional<JudgeHere>> judge = find_judge(*target);
    if (!judge) return Unjudged(WithoutJudge(judge.error()));
    if (!*judge)
      return Unjudged({ErrorCode::kMissing,
                       format("no {} device here", target->device)});
    const Result<Subject> subject =
        LoadSubject(found_, *target, options_.data, stop_);
    if (!subject) return Unjudged(subject.error());
    const Status judged = Judge(*subject, *target, **judge);
    if (!judged) return Unjudged(judged.error());
    return Concluded();
  }

 private:
  Result<VerifyReport> Unjudged(const Error& error) {
    if (error.code == ErrorCode::kInterrupted) return Fail(error);
    report_.today.reset();
    report_.first.reset();
    report_.comparison = {};
    report_.comparison.outcome = OutcomeOf(error);
    report_.comparison.reason = Sanitize(error.message, kReasonBytes);
    return Concluded();
  }
  VerifyReport Concluded() {
    report_.conclusion =
        ConclusionText(report_.comparison, report_.recorded,
                       report_.today ? report_.today->evaluation : Evaluation());
    if (report_.first)
      report_.conclusion += format(
          "; measured twice, the first time {:.3g}", report_.first->speedup);
    return std::move(report_);
  }

  Status Judge(const Subject& subject, const Target& target,
               const JudgeHere& judge) {
    RETURN_IF_ERROR(JudgeOnce(subject, target, judge));
    const Comparison& comparison = report_.comparison;
    if (comparison.outcome != Outcome::kSlower || !comparison.same_kind)
      return {};
    report_.first = report_.today->evaluation;
    return JudgeOnce(subject, target, judge);
  }
  Status JudgeOnce(const Subject& subject, const Target& target,
                   const JudgeHere& judge) {
    EvaluationRequest request;  // with a secret that the worker draws
    request.task = subject.task;
    request.target = target;
    request.candidate = subject.candidate;
    request.stage = options_.stage.value_or(report_.recorded.evaluation.stage);
    StoredResult today = report_.recorded;
    ASSIGN_OR_RETURN(today.evaluation,
                     judge.evaluator->Evaluate(request, stop_));
    today.task = MakeJudgedTask(subject.task, today.task.words);
    today.parameters = subject.candidate.parameters;
    today.machine = judge.machine;
    report_.comparison = Compare(report_.recorded, today,
                                 measure::MarginOf(target.device_kind));
    report_.today = std::move(today);
    return {};
  }

  const FoundResult& found_;
  const VerifyOptions& options_;
  const StopCondition& stop_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> Verify(const FoundResult& found,
                            const VerifyOptions& options,
                            const FindJudge& find_judge,
                            const StopCondition& stop) {
  return Verification(found, options, stop).Run(find_judge);
}

}  // namespace kernelevolve
