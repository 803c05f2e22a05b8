#include "worker/judge/verify.h"

#include <cmath>
#include <cstring>

#include "base/format.h"
#include "base/random.h"
#include "worker/judge/bulk.h"

namespace kernelevolve::worker {
namespace {

std::string Place(const Circumstances& where) {
  return format("at shape {} with {} inputs{}", where.input_case.shape.name,
                FamilyName(where.input_case.family), where.during);
}

std::string Describe(const Comparison& c, const std::string& output,
                     const Circumstances& where) {
  const Mismatch& m = c.mismatch;
  return format(
      "{} of {} elements of {} are wrong {}; first at index {}: got {:.9g}, "
      "expected {:.9g} within {:.2g}",
      c.wrong, c.compared, output, Place(where), m.first, m.got, m.expected,
      m.allowance);
}

// A kernel that was right at the task's own attributes meets others.
bool MeetsOtherAttributes(const Circumstances& where) {
  return where.right_before && !where.listed_shape &&
         !where.input_case.shape.attributes.empty();
}

// Too little precision shows in most elements, or by little.
bool AreFewAndFar(const Comparison& c) {
  constexpr int64_t kOneIn = 8;
  constexpr double kAllowances = 64;
  return c.wrong * kOneIn <= c.compared && c.worst >= kAllowances;
}

// Wrong values get the name of what they betray.
Code NameValueError(const Comparison& c, const Circumstances& where) {
  const bool small = c.mismatch.kind == Mismatch::Kind::kPrecision;
  // Small errors of declared inputs are as good as those of listed shapes, whose
  // bound may be wider, and tell of no table of shapes; unless it is another
  // attribute that makes them, or a few that are left out and happen to be small.
  if (MeetsOtherAttributes(where)) return Code::kShapeOverfit;
  const bool rounded = small && !AreFewAndFar(c) &&
                       where.input_case.family == InputFamily::kDeclared;
  if (where.right_before && !where.listed_shape && !rounded)
    return Code::kShapeOverfit;
  if (where.right_before && where.input_case.family != InputFamily::kDeclared)
    return Code::kInputOverfit;
  return small ? Code::kPrecision : Code::kWrongOutput;
}

}  // namespace

std::optional<Failure> JudgeComparison(const Comparison& c,
                                       const ExpectedOutput& expected,
                                       const std::string& output,
                                       const CheckSet& checks,
                                       const Circumstances& where) {
  switch (c.mismatch.kind) {
    case Mismatch::Kind::kNotWritten:
      if (checks.on(Check::kPoison))
        return Failure{Code::kOutputNotWritten,
                       format("{} of {} elements of {} were not written {}",
                              c.untouched, c.compared, output, Place(where)),
                       "poison", ""};
      break;
    case Mismatch::Kind::kNonfinite:
      if (checks.on(Check::kNonfinite))
        return Failure{Code::kNonfinite,
                       format("NaN or infinity differs from the reference in {} "
                              "elements. {}", c.nonfinite,
                              Describe(c, output, where)), "nonfinite", ""};
      break;
    case Mismatch::Kind::kValue:
    case Mismatch::Kind::kPrecision:
      if (checks.on(Check::kCompare))
        return Failure{NameValueError(c, where), Describe(c, output, where),
                       "compare", ""};
      break;
    case Mismatch::Kind::kNone:
      break;
  }
  if (c.wrong == 0 && checks.on(Check::kErrorRatio) && !RatioHolds(expected, c))
    return Failure{
        MeetsOtherAttributes(where) ? Code::kShapeOverfit : Code::kPrecision,
        format("errors of {} {} exceed what plain code of the same precision "
               "makes: max {:.3g} against {:.3g}, rms {:.3g} against {:.3g} "
               "(relative; at most {:.2g} of the bound)", output, Place(where),
               c.error_max, expected.baseline_max, c.error_rms,
               expected.baseline_rms, c.worst),
        "error_ratio", ""};
  return std::nullopt;
}

std::optional<Failure> JudgeReport(const CallReport& report,
                                   const CheckSet& checks) {
  if (report.done_before_return && checks.on(Check::kLateWrites))
    return Failure{Code::kAsyncEscape,
                   "the call was said to be done before ke_run had returned",
                   "late_writes", ""};
  if (report.fp_environment_kept || !checks.on(Check::kFpEnvironment))
    return std::nullopt;
  return Failure{Code::kSabotage,
                 "ke_run changed the floating-point environment (rounding, flush to "
                 "zero or masks) and left it so", "fp_environment", ""};
}

uint64_t OutputDigest(const CallOutputs& outputs, const Task& task) {
  uint64_t digest = 0;
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const uint8_t* data = outputs.Output(i);
    const auto bytes = static_cast<size_t>(outputs.OutputElements(i) *
                                           DTypeBytes(task.outputs[i].dtype));
    size_t at = 0;
    for (; at + 8 <= bytes; at += 8) {
      uint64_t word;
      std::memcpy(&word, data + at, sizeof word);
      digest = (digest ^ word) * 0x9e3779b97f4a7c15ull;
      digest ^= digest >> 29;
    }
    for (; at < bytes; ++at) digest = MixBits(digest ^ data[at]);
  }
  return digest;
}

bool AllUntouched(const CallOutputs& outputs, const Task& task) {
  for (size_t i = 0; i < task.outputs.size(); ++i) {
    const auto bytes = static_cast<size_t>(outputs.OutputElements(i) *
                                           DTypeBytes(task.outputs[i].dtype));
    if (!HoldsPattern(outputs.Output(i), bytes, outputs.PoisonPattern(i)))
      return false;
  }
  return true;
}

Failure SkippedCall(const Failure& failure) {
  return {Code::kBatchSkip,
          "a call wrote nothing, where other calls of the same shape wrote "
          "everything: the work of several is done in one. " + failure.message,
          failure.check, failure.log};
}

std::optional<Failure> VerifyOutputs(const CallOutputs& outputs, const Task& task,
                                     const Expected& expected,
                                     const CheckSet& checks,
                                     const Circumstances& circumstances,
                                     Evidence* evidence) {
  if (checks.on(Check::kCanaries))
    if (const auto broken = outputs.BrokenCanary())
      return Failure{Code::kOob,
                     format("bytes beside {} were overwritten {}", *broken,
                            Place(circumstances)), "canaries", ""};
  if (checks.on(Check::kLateWrites) && outputs.WroteAfterReturn())
    return Failure{Code::kAsyncEscape,
                   "an output was still being written after the call had said "
                   "that it was done " + Place(circumstances),
                   "late_writes", ""};
  for (size_t i = 0; i < expected.outputs.size(); ++i) {
    const Comparison comparison = Compare(expected.outputs[i], outputs.Output(i),
                                          outputs.PoisonPattern(i));
    evidence->elements_compared += comparison.compared;
    evidence->worst_share = std::max(evidence->worst_share, comparison.worst);
    if (auto failure = JudgeComparison(comparison, expected.outputs[i],
                                       task.outputs[i].name, checks, circumstances))
      return failure;
  }
  return std::nullopt;
}

}  // namespace kernelevolve::worker
