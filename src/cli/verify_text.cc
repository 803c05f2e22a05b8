#include "cli/verify_text.h"

#include <algorithm>
#include <map>

#include "base/format.h"
#include "base/text.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/units.h"
#include "engine/verify/shown_word.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kSentenceBytes = 800;

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
  std::string text = ": " + ShownWord(recorded.task.words);
  if (!recorded.task.only_shapes.empty())
    text += format(" at {} alone",
                   ShownWord(Join(recorded.task.only_shapes, ", ")));
  return text + " on " + ShownWord(recorded.target);
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
                             : "on " + ShownWord(machine.device);
  if (!machine.toolchain.empty()) where += ", " + ShownWord(machine.toolchain);
  return format("  {}  {} ({} stage)  {}\n", when, ShownWord(verdict),
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
      format("{}  {}{}", Mark(report), ShownWord(report.name),
             SubjectText(recorded));
  if (!report.today)
    return format("{}\n  {}\n", subject,
                  Sanitize(report.comparison.reason, kSentenceBytes));
  std::string text = subject + "\n" + MeasurementLine("recorded", recorded) +
                     MeasurementLine("today   ", *report.today);
  if (whole)
    text += EvaluationText(report.today->evaluation, "today",
                           {.show_search_hint = false});
  return text + "  " + Sanitize(report.conclusion, kSentenceBytes) + "\n";
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
  // An export is stored by its folder: nothing else would be found again.
  if (report.exported)
    for (const char* key : {"candidate", "id"}) json["evaluation"].erase(key);
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
