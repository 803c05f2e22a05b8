// kernelevolve bench statistics
#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "cli/bench.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "engine/statistics_benchmark.h"

namespace kernelevolve::cli {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string Percent(double value) { return format("{:.2f} %", 100 * value); }

void PrintText(const StatisticsReport& report, Console& console) {
  Rows cover = {{"95 % intervals", "plan", "hold the truth", "bias", "half-width"}};
  for (const CoverageRow& row : report.coverage)
    cover.push_back({row.world, row.plan, format("{:.1f} %", 100 * row.coverage),
                     format("{:+.3f} %", 100 * row.bias), Percent(row.half_width)});
  Rows stopping = {{"rule for stopping", "autocorrelation", "false positives"}};
  for (const StoppingRow& row : report.stopping)
    stopping.push_back({row.rule, format("{:.1f}", row.autocorrelation),
                        format("{:.1f} %", 100 * row.false_positives)});
  Rows curse = {{"candidates", "noise", "spread", "searches", "search overstates",
                 "confirm", "final", "final one / best"}};
  for (const CurseRow& row : report.curse)
    curse.push_back({std::to_string(row.candidates), Percent(row.noise),
                     Percent(row.spread), std::to_string(row.searches),
                     format("{:+.2f} %", 100 * row.search),
                     format("{:+.2f} %", 100 * row.confirm),
                     format("{:+.2f} %", 100 * row.final), Percent(row.chosen)});
  console.Out("What the estimator says of simulated measurements, and what is true\n\n" +
              TableText(cover) + "\n" + TableText(stopping) + "\n" +
              TableText(curse));
}

void PrintJson(const StatisticsReport& report, Console& console) {
  for (const CoverageRow& row : report.coverage)
    console.Out(DumpJson({{"kind", "coverage"}, {"world", row.world},
                          {"plan", row.plan}, {"coverage", row.coverage},
                          {"bias", row.bias}, {"half_width", row.half_width}}) + "\n");
  for (const StoppingRow& row : report.stopping)
    console.Out(DumpJson({{"kind", "stopping"}, {"rule", row.rule},
                          {"autocorrelation", row.autocorrelation},
                          {"false_positives", row.false_positives}}) + "\n");
  for (const CurseRow& row : report.curse)
    console.Out(DumpJson({{"kind", "winners_curse"}, {"candidates", row.candidates},
                          {"noise", row.noise}, {"spread", row.spread},
                          {"searches", row.searches}, {"search", row.search},
                          {"confirm", row.confirm}, {"final", row.final},
                          {"chosen", row.chosen}}) + "\n");
}

}  // namespace

Result<int> RunBenchStatistics(const Arguments& arguments, Session& session) {
  std::optional<int64_t> repeats, seed;
  bool json = false;
  Flags flags({"kernelevolve bench statistics",
               "run the estimator on simulated measurements: coverage of the "
               "intervals, false positives of the stopping rule, what the best of "
               "many is overrated by",
               "[flags]", "kernelevolve bench statistics --repeats 1000"});
  flags.Integer("--repeats", repeats, {1, 1'000'000}, "of each row (default 4000)");
  flags.Integer("--seed", seed, {0, INT64_MAX}, "default 1");
  flags.Switch("--json", json, "one object per row");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  StatisticsOptions options;
  options.repeats = static_cast<int>(repeats.value_or(options.repeats));
  options.seed = static_cast<uint64_t>(seed.value_or(1));
  ASSIGN_OR_RETURN(const StatisticsReport report,
                   RunStatisticsBenchmark(options, session.stop));
  json ? PrintJson(report, session.console) : PrintText(report, session.console);
  return kDone;
}

}  // namespace kernelevolve::cli
