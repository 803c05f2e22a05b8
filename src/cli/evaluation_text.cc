#include "cli/evaluation_text.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/profile_text.h"
#include "cli/units.h"
#include "core/candidate.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kMessageBytes = 2000;
constexpr size_t kShortLogBytes = 2000;
constexpr size_t kWholeLogBytes = 64 << 10;

std::string Indented(std::string_view text, std::string_view prefix) {
  std::string indented;
  for (const std::string_view line : Split(Trim(text), '\n'))
    indented += format("{}{}\n", prefix, line);
  return indented;
}

std::string ShapesTable(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> rows = {
      {"shape", "time", "95 % interval", "speedup", "95 % interval",
       "of light"}};
  for (const PanelTime& entry : evaluation.shapes.front().panel)
    rows[0].push_back(entry.name);
  for (const ShapeResult& shape : evaluation.shapes) {
    const double us = std::max(shape.time_us, 1e-9);
    const double half = (shape.ci_us[1] - shape.ci_us[0]) / 2;
    rows.push_back({shape.name, TimeText(shape.time_us),
                    format("+-{:.1f} %", 100 * half / us),
                    SpeedupText(shape.speedup), IntervalText(shape.speedup_ci),
                    shape.speed_of_light > 0 ? PercentText(shape.speed_of_light)
                                             : "-"});
    for (const PanelTime& entry : shape.panel)
      rows.back().push_back(TimeText(entry.time_us));
  }
  return TableText(rows);
}

std::string PhasesLine(const PhaseTimes& phases) {
  std::string line = format(
      "  build {:.2f} s, correctness {:.2f} s, timing {:.2f} s ({:.2f} s alone "
      "on the device)",
      phases.build / 1e3, phases.correctness / 1e3, phases.timing / 1e3,
      phases.device_exclusive / 1e3);
  if (phases.profile > 0)
    line += format(", profile {:.2f} s", phases.profile / 1e3);
  return line + "\n";
}

std::string VerdictLine(const Evaluation& evaluation, const std::string& label) {
  std::string line = format("{}  {}  {}", Sanitize(label, 300),
                            ShortId(evaluation.candidate_id),
                            StatusName(evaluation.status));
  if (!evaluation.accepted()) line += format(" {}", CodeName(evaluation.code));
  line += format("  ({} stage, tier {})\n", StageName(evaluation.stage),
                 evaluation.tier);
  return line;
}

std::string FailureText(const Evaluation& evaluation,
                        const EvaluationTextOptions& options) {
  std::string text;
  if (!evaluation.failed_check.empty())
    text += format("  check: {}\n", Sanitize(evaluation.failed_check, 200));
  text += Indented(Sanitize(evaluation.message, kMessageBytes), "  ");
  if (!Trim(evaluation.log).empty())
    text += Indented(Sanitize(evaluation.log, options.explain ? kWholeLogBytes
                                                              : kShortLogBytes),
                     "  | ");
  return text;
}

// For people: what the interval allows to say.
std::string DecisionText(Decision decision) {
  if (decision != Decision::kInconclusive)
    return std::string(DecisionName(decision));
  return "inconclusive, since the interval allows more than one of faster, same "
         "and slower";
}

std::string EnvironmentText(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> rows;
  for (const EnvironmentFact& fact : evaluation.environment) {
    const double* number = std::get_if<double>(&fact.value);
    rows.push_back({Sanitize(fact.name, 64),
                    number ? format("{:.6g}", *number)
                           : Sanitize(std::get<std::string>(fact.value), 200)});
  }
  return rows.empty() ? "" : "  environment\n" + TableText(rows);
}

std::string EvidenceText(const Evaluation& evaluation) {
  std::vector<std::vector<std::string>> rows;
  for (const Metric& metric : evaluation.metrics)
    rows.push_back({metric.name,
                    format("{:.6g} {}", metric.value, metric.unit)});
  std::string text = rows.empty() ? "" : "  evidence\n" + TableText(rows);
  for (const Code code : evaluation.secondary)
    text += format("  also seen: {}\n", CodeName(code));
  if (!evaluation.process_log_ratios.empty())
    text += format("  processes measured: {}\n",
                   evaluation.process_log_ratios.size());
  return text;
}

}  // namespace

std::string HeadlineText(const Evaluation& evaluation) {
  return format("{} {} over {}", SpeedupText(evaluation.speedup),
                IntervalText(evaluation.speedup_ci), evaluation.baseline);
}

std::string EvaluationText(const Evaluation& evaluation,
                           const std::string& label,
                           const EvaluationTextOptions& options) {
  std::string text = VerdictLine(evaluation, label);
  if (!evaluation.accepted()) text += FailureText(evaluation, options);
  if (evaluation.speedup > 0)
    text += format("  {}, the best of the panel (95 % interval)\n",
                   HeadlineText(evaluation));
  if (evaluation.decision)
    text += format("  decision: {}\n", DecisionText(*evaluation.decision));
  if (!evaluation.shapes.empty()) text += ShapesTable(evaluation);
  text += PhasesLine(evaluation.phases);
  if (options.explain)
    text += EvidenceText(evaluation) + EnvironmentText(evaluation);
  if (options.explain && evaluation.profile)
    text += ProfileText(*evaluation.profile);
  if (options.explain && evaluation.accepted() && !Trim(evaluation.log).empty())
    text += Indented(Sanitize(evaluation.log, kWholeLogBytes), "  | ");
  for (const std::string& note : evaluation.notes)
    text += Indented(Sanitize(note, kMessageBytes), "  note: ");
  if (options.show_search_hint && evaluation.accepted() &&
      evaluation.stage == Stage::kSearch)
    text += "  note: search numbers rank candidates; --stage final measures "
            "what may be reported\n";
  return text;
}

}  // namespace kernelevolve::cli
