#include "cli/summary_text.h"

#include "base/format.h"
#include "base/text.h"
#include "cli/arguments.h"
#include "cli/evaluation_text.h"
#include "cli/progress_text.h"
#include "cli/units.h"
#include "core/evaluation_json.h"
#include "core/target_set.h"

namespace kernelevolve::cli {
namespace {

constexpr size_t kFailureBytes = 600;

std::string WinnersTarget(const RunSummary& summary,
                          const RunCommands& commands) {
  return TargetNameFor(commands.target, summary.best->candidate.language);
}

std::string MeasureText(const RunSummary& summary, const RunCommands& commands) {
  return ToString(MeasureCommand{
      commands.program, commands.task, WinnersTarget(summary, commands),
      ShownPath(summary.best_kernel), &summary.best->candidate,
      commands.shapes});
}

bool MayGoOn(const RunSummary& summary) {
  return summary.state == "interrupted" || summary.state == "failed" ||
         summary.state == "killed";
}

std::string ResumeText(const RunSummary& summary, const RunCommands& commands) {
  std::vector<std::string> words = {commands.program, "optimize", commands.task,
                                    "--run", ShownPath(summary.folder),
                                    "--resume"};
  if (commands.target != kDefaultTarget)
    words.insert(words.end(), {"--target", commands.target});
  return ShellCommand(words);
}

std::string ReasonText(const RunSummary& summary) {
  int64_t failed = 0;
  for (const auto& [code, count] : summary.failures) failed += count;
  std::string text =
      summary.state == "running"
          ? format("Running for {}.", SpanText(summary.elapsed_s))
          : format("{} after {}: {}.",
                   summary.state == "done" ? "Done" : "Ended",
                   SpanText(summary.elapsed_s), Sanitize(summary.reason, 300));
  text += format(" {} judged, {} accepted, {} failed",
                 Counted(summary.nodes, "kernel"), summary.accepted, failed);
  if (failed > 0) text += format(" ({})", FailuresText(summary.failures));
  if (summary.confirmed_candidates > 0)
    text += format("; {} confirmed, {} final", summary.confirmed_candidates,
                   summary.finals_spent);
  text += ".\n";
  return text;
}

// What it cost, and what a kernel that was accepted cost with all that failed.
std::string CostText(const RunSummary& summary) {
  const Spending& spent = summary.spending;
  std::string text;
  if (spent.calls > 0)
    text += format("Model: {}, {:.0f} s waited.\n", SpendingText(spent),
                   spent.seconds);
  if (summary.stand_ins > 0)
    text += format("Recording: {} {} given to prompts in other words than "
                   "those of today; show RUN/NODE --prompt marks them.\n",
                   Counted(summary.stand_ins, "answer"),
                   summary.stand_ins == 1 ? "was" : "were");
  if (summary.nodes > 0)
    text += "Judging: " + JudgeTimeText(summary.judging) + ".\n";
  if (summary.accepted == 0) return text;
  const auto kernels = static_cast<double>(summary.accepted);
  text += "Per accepted kernel: ";
  if (spent.calls > 0)
    text += format("{:.0f} tokens, ",
                   static_cast<double>(spent.tokens()) / kernels);
  if (spent.dollars > 0) text += format("${:.4f}, ", spent.dollars / kernels);
  return text +
         JudgeTimeText({summary.judging.device_s / kernels,
                        summary.judging.cpu_s / kernels}) +
         ".\n";
}

// Nothing for a run of one.
std::string LanguagesText(const RunSummary& summary) {
  if (summary.languages.size() < 2) return "";
  std::vector<std::string> parts;
  for (const auto& [language, count] : summary.languages)
    parts.push_back(format(
        "{} {}, {} accepted, {}", language, Counted(count.nodes, "kernel"),
        count.accepted, count.best > 0 ? "best " + SpeedupText(count.best) : "no best"));
  return "Languages: " + Join(parts, "; ") + ".\n";
}

std::string NothingText(const RunSummary& summary) {
  if (summary.nodes == 0)
    return summary.waiting ? "What was sent to be judged has not come back yet.\n"
                           : "No kernel was judged.\n";
  if (summary.state == "running") return "No kernel is accepted yet.\n";
  if (summary.accepted > 0)
    return "No kernel was accepted: none stood up to fresh inputs.\n";
  const bool only_model =
      summary.failures.size() == 1 && summary.failures.contains(Code::kModelLost);
  if (only_model)
    return format("No kernel came from the model. The last answer: {}\n",
                  Sanitize(summary.last_failure, kFailureBytes));
  std::string text = format("No kernel was accepted. The last one: {}\n",
                            Sanitize(summary.last_failure, kFailureBytes));
  if (summary.proposer == "recipes")
    text += "No recipe is right for this operator. Write a kernel "
            "(docs/kernels.md)\nand start from it: --seed-kernel FILE\n";
  return text;
}

std::string WinnerText(const RunSummary& summary, const RunCommands& commands) {
  const Evaluation* evaluation = summary.BestEvaluation();
  std::string text = "\n";
  if (evaluation)
    text += EvaluationText(*evaluation, format("node {}", summary.best->id),
                           {.show_search_hint = false});
  if (!summary.best->description.empty())
    text += format("  made by: {}\n", Sanitize(summary.best->description, 300));
  if (!summary.final)
    text += format("  note: {} the final stage; this number ranks, it is not a "
                   "result\n",
                   summary.state == "running" ? "not through"
                                              : "ended before");
  text += format("\nkernel    {}\n", ShownPath(summary.best_kernel));
  if (summary.languages.size() > 1)
    text += format("target    {}\n", WinnersTarget(summary, commands));
  text += format("measure   {}\n", MeasureText(summary, commands));
  return text + format("export    {}\n",
                       ShellCommand({commands.program, "export",
                                     ShownPath(summary.folder), "--to", "cmake",
                                     "-o", "my_kernel"}));
}

}  // namespace

std::string SummaryText(const RunSummary& summary, const RunCommands& commands) {
  std::string text =
      ReasonText(summary) + CostText(summary) + LanguagesText(summary);
  if (summary.best)
    text += WinnerText(summary, commands);
  else
    text += NothingText(summary);
  text += format("look      {}\n", ShellCommand({commands.program, "show",
                                                ShownPath(summary.folder)}));
  if (MayGoOn(summary))
    text += format("resume    {}\n", ResumeText(summary, commands));
  return text;
}

Json CostJson(const Spending& spending, const JudgeTime& judging) {
  Json json;
  json["device_s"] = judging.device_s;
  json["cpu_s"] = judging.cpu_s;
  json["model_calls"] = spending.calls;
  json["tokens"] = spending.tokens();
  json["dollars"] = spending.dollars;
  json["model_s"] = spending.seconds;
  return json;
}

static Json PerKernel(const RunSummary& summary) {
  const auto kernels = static_cast<double>(summary.accepted);
  Json json;
  json["device_s"] = summary.judging.device_s / kernels;
  json["cpu_s"] = summary.judging.cpu_s / kernels;
  json["tokens"] = static_cast<double>(summary.spending.tokens()) / kernels;
  json["dollars"] = summary.spending.dollars / kernels;
  return json;
}

Json SummaryJson(const RunSummary& summary, const RunCommands& commands) {
  Json json;
  json["event"] = "done";
  json["run"] = summary.folder.string();
  json["state"] = summary.state;
  json["reason"] = summary.reason;
  json["nodes"] = summary.nodes;
  json["accepted"] = summary.accepted;
  json["failures"] = Json::object();
  for (const auto& [code, count] : summary.failures)
    json["failures"][std::string(CodeName(code))] = count;
  json["languages"] = Json::object();
  for (const auto& [language, count] : summary.languages)
    json["languages"][language] = {{"nodes", count.nodes},
                                   {"accepted", count.accepted},
                                   {"best", count.best}};
  json["elapsed_s"] = summary.elapsed_s;
  json["confirmed"] = summary.confirmed_candidates;
  json["finals"] = summary.finals_spent;
  json.update(CostJson(summary.spending, summary.judging));
  if (summary.stand_ins > 0) json["stand_ins"] = summary.stand_ins;
  json["per_accepted"] = nullptr;
  if (summary.accepted > 0)
    json["per_accepted"] = PerKernel(summary);
  if (!summary.last_failure.empty())
    json["last_failure"] = summary.last_failure;
  json["best"] = nullptr;
  if (const Evaluation* evaluation = summary.BestEvaluation()) {
    json["best"] = ToJson(*evaluation, summary.best_kernel.string());
    json["best"]["node"] = summary.best->id;
    json["target"] = WinnersTarget(summary, commands);
    json["kernel"] = summary.best_kernel.string();
    json["measure"] = MeasureText(summary, commands);
  }
  if (MayGoOn(summary)) json["resume"] = ResumeText(summary, commands);
  return json;
}

}  // namespace kernelevolve::cli
