#include "cli/verify_text.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/text.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/units.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kWordBytes = 200;

std::string Clean(const std::string& text) {
  return Shortened(Sanitize(text, kWordBytes), kWordBytes);
}

std::string Mark(const VerifyReport& report) {
  switch (report.comparison.outcome) {
    case Outcome::kNotRun: return "not run";
    case Outcome::kAsRecorded:
    case Outcome::kOtherVerdict:
    case Outcome::kFaster: return "ok";
    case Outcome::kSlower: return report.ok() ? "slower" : "SLOWER";
    case Outcome::kNotRight: return "NOT RIGHT";
    case Outcome::kUndecided: return "UNDECIDED";
    case Outcome::kJudgeFailed: return "JUDGE FAILED";
    case Outcome::kUnreadable: return "UNREADABLE";
  }
  return "";
}

std::string SubjectText(const StoredResult& recorded) {
  if (recorded.task.words.empty()) return "";
  std::string text = ": " + Clean(recorded.task.words);
  if (!recorded.task.only_shapes.empty())
    text += format(" at {} alone", Clean(Join(recorded.task.only_shapes, ", ")));
  return text + " on " + Clean(recorded.target);
}

std::string MeasurementLine(const char* when, const StoredResult& result) {
  const Evaluation& evaluation = result.evaluation;
  std::string verdict = HeadlineText(evaluation);
  if (!evaluation.accepted())
    verdict = format("{} {}", StatusName(evaluation.status),
                     CodeName(evaluation.code));
  const MachineRecord& machine = result.machine;
  std::string where =
      machine.device.empty() ? "on a machine that it does not name"
                             : "on " + Clean(machine.device);
  if (!machine.toolchain.empty()) where += ", " + Clean(machine.toolchain);
  return format("  {}  {} ({} stage)  {}\n", when, Clean(verdict),
                StageName(evaluation.stage), where);
}

int ExitCodeOf(const VerifyReport& report) {
  switch (report.comparison.outcome) {
    case Outcome::kJudgeFailed: return kInfrastructure;
    case Outcome::kUnreadable: return kUsage;
    default: return report.ok() ? kDone : kNothing;
  }
}

}  // namespace

std::string VerifyText(const VerifyReport& report, bool whole) {
  const StoredResult& recorded = report.recorded;
  const std::string subject =
      format("{}  {}{}", Mark(report), Clean(report.name), SubjectText(recorded));
  if (!report.today)
    return format("{}\n  {}\n", subject,
                  Sanitize(report.comparison.reason, 4 * kWordBytes));
  std::string text = subject + "\n" + MeasurementLine("recorded", recorded) +
                     MeasurementLine("today   ", *report.today);
  if (whole)
    text += EvaluationText(report.today->evaluation, "today",
                           {.show_search_hint = false});
  return text + "  " + Sanitize(report.conclusion, 4 * kWordBytes) + "\n";
}

Json VerifyJson(const VerifyReport& report) {
  const StoredResult& recorded = report.recorded;
  Json json;
  json["result"] = report.name;
  json["ok"] = report.ok();
  json["outcome"] = OutcomeName(report.comparison.outcome);
  json["conclusion"] = report.conclusion;
  json["moved"] = report.comparison.moved;
  json["differs"] = report.comparison.differs;
  json["task"] = recorded.task.words;
  json["target"] = recorded.target;
  json["same_kind_of_machine"] = report.comparison.same_kind;
  json["recorded_stage"] = StageName(recorded.evaluation.stage);
  json["recorded_speedup"] = recorded.evaluation.speedup;
  json["recorded_ci"] = recorded.evaluation.speedup_ci;
  json["recorded_machine"] = ToJson(recorded.machine);
  if (!report.today) return json;
  json["machine"] = ToJson(report.today->machine);
  json["evaluation"] = ToJson(*report.today);
  if (report.first) json["first_speedup"] = report.first->speedup;
  return json;
}

std::string VerifySummary(const std::vector<VerifyReport>& reports) {
  std::map<Outcome, int64_t> counts;
  for (const VerifyReport& report : reports) ++counts[report.comparison.outcome];
  std::vector<std::string> parts;
  for (const auto& [outcome, count] : counts)
    parts.push_back(format("{} {}", count, OutcomeName(outcome)));
  return format("{}: {}\n",
                Counted(static_cast<int64_t>(reports.size()), "result"),
                Join(parts, ", "));
}

int VerifyExitCode(const std::vector<VerifyReport>& reports) {
  int code = kDone;
  bool any = false;
  for (const VerifyReport& report : reports) {
    code = std::max(code, ExitCodeOf(report));
    any = any || report.comparison.outcome != Outcome::kNotRun;
  }
  return any ? code : kMissingHere;
}

}  // namespace kernelevolve::cli
