// What a task's two references do not agree about, on a device: NaN and infinities
// are held against a kernel where both say the same of them.
#include <algorithm>

#include "base/format.h"
#include "worker/gpu/judge/device_verify.h"
#include "worker/gpu/judge/gpu_correctness.h"
#include "worker/gpu/judge/library_bound.h"
#include "worker/judge/special_values.h"

namespace kernelevolve::worker::gpu {
namespace {

// Of each small shape. What stands where differs from draw to draw.
constexpr int kDraws = 2;

// Where a bound may be too tight for what a library makes of odd values. Not where two
// references are heard, where an old answer may look like a new one, or where the library
// is heard in any case.
bool AsksLibrary(const InputCase& one) {
  return !HasSpecials(one.family) && !one.IsNudged() &&
         one.family != InputFamily::kAligned;
}

}  // namespace

Verdictless GpuCorrectness::LookAgain(GpuSession& session,
                                      const PlannedKernel& kernel,
                                      const Circumstances& where, bool on_device,
                                      const Failure& failure) {
  const InputCase& input_case = where.input_case;
  const bool nonfinite = failure.check == "nonfinite";
  if (on_device && input_case.family == InputFamily::kDeclared) return failure;
  if (nonfinite) {
    ASSIGN_OR_RETURN(const bool too_narrow,
                     parts_.oracle.PlainOverflows(input_case.shape, parts_.memory));
    if (too_narrow) return std::nullopt;
  }
  if (on_device && input_case.family == InputFamily::kSmallIntegers &&
      failure.check == "compare") {
    ASSIGN_OR_RETURN(const bool broken, parts_.oracle.PlainBreaksTies(
                                            input_case.shape, parts_.memory));
    if (broken) return std::nullopt;
  }
  if (!on_device && failure.check == "compare" && AsksLibrary(input_case) &&
      parts_.oracle.library_arbitrates())
    return HoldToLibrary(session, where, failure);
  // Where NaN comes to stand elsewhere, as in a sort, numbers are others, too.
  if (!HasSpecials(input_case.family) || (!nonfinite && failure.check != "compare"))
    return failure;
  return on_device ? HoldToAgreed(session, kernel, where, failure)
                   : HoldToEither(session, where, failure);
}

Result<Expected> GpuCorrectness::BothAnswers(const InputCase& input_case,
                                             const InputSet& inputs) {
  ASSIGN_OR_RETURN(const auto expected,
                   parts_.oracle.HostAnswer(input_case, inputs, secret_));
  return parts_.oracle.WithSecond(input_case.shape, *expected, parts_.memory);
}

Result<std::shared_ptr<const Expected>> GpuCorrectness::SmallAnswer(
    const InputCase& input_case) {
  const auto inputs =
      parts_.oracle.HostInputs(input_case, inputs_.generator(), secret_);
  return parts_.oracle.HostAnswer(input_case, *inputs, secret_);
}

Verdictless GpuCorrectness::HoldToLibrary(GpuSession& session,
                                          const Circumstances& where,
                                          const Failure& failure) {
  const InputCase& input_case = where.input_case;
  ASSIGN_OR_RETURN(const auto expected, SmallAnswer(input_case));
  ASSIGN_OR_RETURN(const auto plain, parts_.oracle.PlainErrors(
                                         input_case.shape, *expected, parts_.memory));
  const auto wider =
      WidenedByLibrary(*expected, plain, OverLibrary(input_case.family));
  if (!wider) return failure;
  return VerifyOutputs(session, parts_.task, *wider, checks_, where, evidence_);
}

Verdictless GpuCorrectness::HoldBesideLibrary(const GpuSession& session,
                                              const Circumstances& where,
                                              const Expected& expected) {
  if (!checks_.on(Check::kErrorRatio)) return std::nullopt;
  ASSIGN_OR_RETURN(const auto plain,
                   parts_.oracle.PlainErrors(where.input_case.shape, expected,
                                             parts_.memory));
  for (size_t i = 0; i < plain.size(); ++i) {
    const Comparison own = Compare(expected.outputs[i], session.Output(i), 0);
    const std::string why = BeyondLibrary(expected.outputs[i], own, plain[i]);
    if (!why.empty())
      return Failure{Code::kPrecision,
                     format("errors of {} at shape {} with {} inputs {}",
                            parts_.task.outputs[i].name, where.input_case.shape.name,
                            FamilyName(where.input_case.family), why),
                     "error_ratio", ""};
  }
  return std::nullopt;
}

Verdictless GpuCorrectness::HoldToEither(GpuSession& session,
                                         const Circumstances& where,
                                         const Failure& failure) {
  const InputCase& input_case = where.input_case;
  const auto inputs =
      parts_.oracle.HostInputs(input_case, inputs_.generator(), secret_);
  ASSIGN_OR_RETURN(const Expected both, BothAnswers(input_case, *inputs));
  const bool disputed = std::ranges::any_of(
      both.outputs, [](const ExpectedOutput& one) { return Disputed(one); });
  if (!disputed) return failure;
  evidence_->references_differ = true;
  return VerifyOutputs(session, parts_.task, both, checks_, where, evidence_);
}

Verdictless GpuCorrectness::HoldToAgreed(GpuSession& session,
                                         const PlannedKernel& kernel,
                                         const Circumstances& where,
                                         const Failure& failure) {
  const InputCase& input_case = where.input_case;
  ASSIGN_OR_RETURN(const auto open, OpenAtSmallShapes(session, input_case));
  // Whoever looks on looks at the failed call.
  const ShapePlan* plan = kernel.For(input_case.shape);
  session.Place(input_case.shape, plan ? plan->workspace_bytes : 0);
  RETURN_IF_ERROR(inputs_.Write(input_case, /*constants=*/true, parts_.memory));
  if (std::ranges::all_of(open, &OpenPairs::empty)) return failure;
  evidence_->references_differ = true;
  ASSIGN_OR_RETURN(const DeviceAnswer* answer,
                   parts_.oracle.Answer(input_case, secret_, parts_.memory));
  return VerifyOnDevice({parts_.driver, parts_.kernels, parts_.task, session,
                         *answer, open}, checks_, where, evidence_);
}

Result<std::vector<OpenPairs>> GpuCorrectness::OpenAtSmallShapes(
    GpuSession& session, const InputCase& like) {
  const auto turns = static_cast<int64_t>(SpecialInputs(parts_.task).size());
  std::vector<OpenPairs> open(parts_.task.outputs.size());
  for (const ShapeCase& shape : small_)
    for (int draw = 0; draw < kDraws; ++draw) {
      // Of the same kind: between them stand those with few, alone.
      const InputCase small{shape, like.family, like.trial + kTrialKinds * draw * turns};
      const auto inputs =
          parts_.oracle.HostInputs(small, inputs_.generator(), secret_);
      session.Place(shape, 0);
      RETURN_IF_ERROR(session.WriteInputs(*inputs, /*constants=*/true));
      ASSIGN_OR_RETURN(const Expected both, BothAnswers(small, *inputs));
      for (size_t i = 0; i < open.size(); ++i)
        open[i].Open(PairsOf(both.outputs[i]));
    }
  return open;
}

}  // namespace kernelevolve::worker::gpu
