#include "engine/verify/comparison.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "engine/verify/differences.h"
#include "engine/verify/shown_word.h"

namespace kernelevolve {
namespace {

constexpr size_t kMessageBytes = 300;
// A machine that is noisier tells nothing, and must not excuse all.
constexpr double kMostUntold = 1.25;

bool Rough(const Evaluation& evaluation) {
  return evaluation.stage == Stage::kSearch;
}

// The ratio that a measurement takes for none: that of the search stage, else of
// the margin, or what its own baseline, timed against itself, may have been off.
double Untold(const Evaluation& evaluation, double margin) {
  if (Rough(evaluation)) return kSearchStageSpread;
  double untold = 1 + margin;
  for (const auto& [name, value] : evaluation.environment) {
    const double* ratio = std::get_if<double>(&value);
    if (!ratio || !(*ratio > 0)) continue;
    if (name == "itself_low") untold = std::max(untold, 1 / *ratio);
    if (name == "itself_high") untold = std::max(untold, *ratio);
  }
  return std::min(untold, kMostUntold);
}

// An interval knows the spread within one measurement. Processor, memory and
// neighbours are others at the next.
Interval Allowed(const Evaluation& evaluation, double margin) {
  const auto [low, high] = evaluation.speedup_ci;
  const double untold = Untold(evaluation, margin);
  return {low / untold, high * untold};
}

Outcome CompareSpeed(const Interval& then, const Interval& now) {
  if (now[1] < then[0]) return Outcome::kSlower;
  if (now[0] > then[1]) return Outcome::kFaster;
  return Outcome::kAsRecorded;
}

// A kernel may ask for more than a compiler or a processor offers; that is said
// only where the recording machine was another one.
std::string WhyNotForThisCpu(const StoredResult& recorded,
                             const StoredResult& today) {
  const Evaluation& now = today.evaluation;
  const bool illegal = now.code == Code::kCrash &&
                       now.message.find("SIGILL") != std::string::npos;
  if (!illegal && now.code != Code::kBuildFailed) return "";
  const std::string lacking = LackingExtensions(recorded.machine, today.machine);
  if (!lacking.empty())
    return format("this CPU lacks {}, which the recording one had ({})", lacking,
                  CodeName(now.code));
  const std::string& device = recorded.machine.device;
  if (!recorded.machine.cpu.empty() || device.empty() ||
      today.machine.cpu.empty() || device == today.machine.device)
    return "";
  return format("it was measured on another CPU, {} ({})", device,
                CodeName(now.code));
}

std::string RefusalText(const Evaluation& now) {
  return format("{}: {}", CodeName(now.code),
                ShownWord(now.message, kMessageBytes));
}

// Refused then: the same reason is the same result.
void CompareRefused(const Evaluation& recorded, const Evaluation& now,
                    Comparison& comparison) {
  const bool same =
      recorded.status == now.status && recorded.code == now.code;
  comparison.outcome = same ? Outcome::kAsRecorded : Outcome::kOtherVerdict;
}

void CompareAccepted(const StoredResult& recorded, const StoredResult& today,
                     double margin, Comparison& comparison) {
  const Evaluation& now = today.evaluation;
  if (now.accepted()) {
    comparison.outcome = CompareSpeed(Allowed(recorded.evaluation, margin),
                                      Allowed(now, /*margin=*/0));
    comparison.moved = MovedText(recorded.evaluation, now);
    return;
  }
  comparison.reason = WhyNotForThisCpu(recorded, today);
  comparison.outcome =
      comparison.reason.empty() ? Outcome::kNotRight : Outcome::kNotRun;
  if (comparison.reason.empty()) comparison.reason = RefusalText(now);
}

std::string NumbersText(const Evaluation& evaluation) {
  return format("{:.3g} ({:.3g} to {:.3g})", evaluation.speedup,
                evaluation.speedup_ci[0], evaluation.speedup_ci[1]);
}

std::string VerdictText(const Evaluation& evaluation) {
  if (evaluation.accepted()) return "accepted, " + NumbersText(evaluation);
  return format("{} {}", StatusName(evaluation.status),
                CodeName(evaluation.code));
}

std::string CauseText(const Comparison& comparison) {
  std::string text;
  if (!comparison.moved.empty()) text += "; likely cause: " + comparison.moved;
  if (comparison.differs.empty())
    return text + "; nothing else that is recorded differs";
  return text + format("; {}: {}",
                       comparison.moved.empty() ? "likely cause" : "what differs",
                       Join(comparison.differs, "; "));
}

}  // namespace

std::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAsRecorded: return "as recorded";
    case Outcome::kFaster: return "faster";
    case Outcome::kSlower: return "slower";
    case Outcome::kNotRight: return "not right";
    case Outcome::kOtherVerdict: return "another verdict";
    case Outcome::kUndecided: return "undecided";
    case Outcome::kJudgeFailed: return "judge failed";
    case Outcome::kNotRun: return "not run";
    case Outcome::kUnreadable: return "unreadable";
  }
  return "";
}

bool Comparison::failed() const {
  switch (outcome) {
    case Outcome::kAsRecorded:
    case Outcome::kFaster:
    case Outcome::kOtherVerdict:
    case Outcome::kNotRun: return false;
    case Outcome::kSlower: return same_kind;
    case Outcome::kNotRight:
    case Outcome::kUndecided:
    case Outcome::kJudgeFailed:
    case Outcome::kUnreadable: return true;
  }
  return true;
}

Comparison Compare(const StoredResult& recorded, const StoredResult& today,
                   double margin) {
  const Evaluation& now = today.evaluation;
  Comparison comparison;
  comparison.same_kind = IsSameKind(recorded.machine, today.machine);
  comparison.differs = DifferencesBetween(recorded, today);
  if (now.code == Code::kNoDevice) {
    comparison.outcome = Outcome::kNotRun;
    comparison.reason = RefusalText(now);
  } else if (now.status == VerdictStatus::kInconclusive ||
             now.status == VerdictStatus::kHarnessError) {
    comparison.outcome = now.status == VerdictStatus::kInconclusive
                             ? Outcome::kUndecided
                             : Outcome::kJudgeFailed;
    comparison.reason = RefusalText(now);
  } else if (recorded.evaluation.accepted()) {
    CompareAccepted(recorded, today, margin, comparison);
  } else {
    CompareRefused(recorded.evaluation, now, comparison);
  }
  return comparison;
}

std::string ConclusionText(const Comparison& comparison,
                           const StoredResult& recorded,
                           const Evaluation& today) {
  const Evaluation& then = recorded.evaluation;
  const std::string numbers = format("{} now, {} recorded", NumbersText(today),
                                     NumbersText(then));
  switch (comparison.outcome) {
    case Outcome::kAsRecorded:
      if (!then.accepted()) return "refused as recorded: " + VerdictText(then);
      if (Rough(then) || Rough(today))
        return "as recorded, as far as a quick look tells: " + numbers;
      return CompareSpeed(then.speedup_ci, today.speedup_ci) ==
                     Outcome::kAsRecorded
                 ? "as recorded, within the intervals: " + numbers
                 : "as recorded, as far as two measurements tell: " + numbers;
    case Outcome::kFaster:
      return "faster than recorded, beyond both intervals: " + numbers +
             CauseText(comparison);
    case Outcome::kSlower:
      return "slower than recorded, beyond both intervals: " + numbers +
             CauseText(comparison);
    case Outcome::kNotRight:
      return "no longer accepted: " + comparison.reason + CauseText(comparison);
    case Outcome::kOtherVerdict:
      return format("{} now, {} recorded", VerdictText(today),
                    VerdictText(then)) + CauseText(comparison);
    case Outcome::kUndecided: return "no usable numbers: " + comparison.reason;
    case Outcome::kJudgeFailed: return "the judge failed: " + comparison.reason;
    case Outcome::kNotRun: return "not run: " + comparison.reason;
    case Outcome::kUnreadable:
      return "cannot be judged again: " + comparison.reason;
  }
  return "";
}

}  // namespace kernelevolve
