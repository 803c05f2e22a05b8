#include "cli/progress_text.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"
#include "cli/units.h"

namespace kernelevolve::cli {
namespace {

constexpr int kBarCells = 20;

std::string EtaText(double done, double total, double elapsed_s) {
  if (done <= 0 || elapsed_s <= 0) return "";
  return " (ETA " + SpanText(elapsed_s * (total - done) / done) + ")";
}

// Each limit the user set, with how far it is.
std::string BudgetText(const RunBudget& budget, const RunProgress& progress) {
  std::string text = SpanText(progress.elapsed_s);
  if (budget.minutes)
    text += format(" of {} (ETA {})", SpanText(60 * *budget.minutes),
                   SpanText(60 * *budget.minutes - progress.elapsed_s));
  if (budget.nodes)
    text += format(", node {} of {}{}", progress.nodes, *budget.nodes,
                   EtaText(static_cast<double>(progress.nodes),
                           static_cast<double>(*budget.nodes),
                           progress.elapsed_s));
  if (budget.stall_nodes)
    text += ", stall limit " + Counted(*budget.stall_nodes, "node");
  if (budget.dollars)
    text += format(", ${:.2f} of ${:.2f}{}", progress.spending.dollars,
                   *budget.dollars,
                   EtaText(progress.spending.dollars, *budget.dollars,
                           progress.elapsed_s));
  if (budget.tokens)
    text += format(", {} of {} tokens{}", progress.spending.tokens(),
                   *budget.tokens,
                   EtaText(static_cast<double>(progress.spending.tokens()),
                           static_cast<double>(*budget.tokens),
                           progress.elapsed_s));
  if (budget.target_speedup)
    text += format(", target {}", SpeedupText(*budget.target_speedup));
  if (budget.speed_of_light)
    text += format(", target {} of light", PercentText(*budget.speed_of_light));
  return text;
}

std::string PhaseText(const ProgressHeading& heading,
                      const RunProgress& progress) {
  if (progress.phase == RunPhase::kSearch)
    return format("search    {}  {}", BarText(progress.budget_used, kBarCells),
                  BudgetText(heading.budget, progress));
  const double share = progress.phase_total > 0
                           ? static_cast<double>(progress.phase_done) /
                                 progress.phase_total
                           : 0;
  return format("{:<9} {}  {} of {} candidates, {}",
                RunPhaseName(progress.phase), BarText(share, kBarCells),
                progress.phase_done, progress.phase_total,
                SpanText(progress.elapsed_s));
}

std::string BestText(const RunProgress& progress) {
  if (progress.best == 0) return "none accepted yet";
  std::string text = format("{} {}, node {}, {} stage",
                            SpeedupText(progress.best_speedup),
                            IntervalText(progress.best_ci), progress.best,
                            StageName(progress.best_stage));
  if (progress.best_speed_of_light > 0)
    text += format(", {} of the speed of light",
                   PercentText(progress.best_speed_of_light));
  return text;
}

}  // namespace

std::string FailuresText(const std::map<Code, int64_t>& failures) {
  std::vector<std::pair<int64_t, Code>> counts;
  for (const auto& [code, count] : failures) counts.push_back({count, code});
  std::stable_sort(counts.begin(), counts.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::string text;
  for (const auto& [count, code] : counts)
    text += format("{}{} {}", text.empty() ? "" : ", ", CodeName(code), count);
  return text;
}

std::string BarText(double fraction, int cells) {
  const double share = std::clamp(fraction, 0.0, 1.0);
  const int full = static_cast<int>(share * cells);
  return format("[{}{}] {:>5}", std::string(full, '#'),
                std::string(cells - full, '.'), PercentText(share));
}

std::vector<std::string> ProgressBlock(const ProgressHeading& heading,
                                       const RunProgress& progress) {
  int64_t failed = 0;
  for (const auto& [code, count] : progress.failures) failed += count;
  const std::string failures = FailuresText(progress.failures);
  std::vector<std::string> block = {
      format("{} on {}, {} with {}, in {}", heading.task, heading.target,
             heading.policy, heading.proposer, heading.folder),
      PhaseText(heading, progress),
      format("best      {}", BestText(progress)),
      format("nodes     {}, {} in flight, {} accepted, {} failed", progress.nodes,
             progress.in_flight, progress.accepted, failed),
      format("failures  {}", failures.empty() ? "none" : failures),
      format("device    {} of the time held for timing",
             PercentText(progress.device_busy)),
  };
  if (progress.spending.calls > 0)
    block.push_back("model     " + SpendingText(progress.spending));
  return block;
}

std::string ProgressLine(const RunProgress& progress) {
  std::string line = format("{} {}: {}, {} accepted",
                            SpanText(progress.elapsed_s),
                            RunPhaseName(progress.phase),
                            Counted(progress.nodes, "node"), progress.accepted);
  if (progress.phase != RunPhase::kSearch)
    line += format(", {} of {} candidates", progress.phase_done,
                   progress.phase_total);
  const std::string failures = FailuresText(progress.failures);
  if (!failures.empty()) line += format(" ({})", failures);
  if (progress.spending.calls > 0)
    line += "; " + SpendingText(progress.spending);
  return line + "; best " + BestText(progress);
}

}  // namespace kernelevolve::cli
