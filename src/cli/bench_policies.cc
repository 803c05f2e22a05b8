// kernelevolve bench policies
#include "base/format.h"
#include "base/json.h"
#include "cli/bench.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/units.h"
#include "search/policy_benchmark.h"

namespace kernelevolve::cli {
namespace {

struct PolicyFlags {
  std::vector<std::string> policies;
  std::optional<int64_t> worlds, nodes, jobs, seed;
  bool json = false;
};

Json RowJson(const PolicyBenchmarkRow& row) {
  Json json;
  json["policy"] = row.policy;
  json["fraction_of_optimum"] = row.fraction_of_optimum;
  json["found"] = row.found;
  json["nodes_to_90"] = row.nodes_to_90;
  json["failed"] = row.failed;
  json["tune_share"] = row.tune_share;
  json["us_per_step"] = row.us_per_step;
  return json;
}

void PrintRows(const std::vector<PolicyBenchmarkRow>& rows, bool json,
               Console& console) {
  std::vector<std::vector<std::string>> cells = {
      {"policy", "of optimum", "found", "nodes to 90 %", "failed", "tuning",
       "us a step"}};
  for (const PolicyBenchmarkRow& row : rows) {
    if (json) console.Out(DumpJson(RowJson(row)) + "\n");
    cells.push_back({row.policy, format("{:.1f} %", 100 * row.fraction_of_optimum),
                     PercentText(row.found), format("{:.0f}", row.nodes_to_90),
                     PercentText(row.failed), PercentText(row.tune_share),
                     format("{:.1f}", row.us_per_step)});
  }
  if (!json) console.Out(TableText(cells));
}

}  // namespace

Result<int> RunBenchPolicies(const Arguments& arguments, Session& session) {
  PolicyFlags options;
  Flags flags({"kernelevolve bench policies",
               "compare search policies on generated worlds, offline",
               "[flags]", "kernelevolve bench policies --nodes 200"});
  flags.Texts("--policy", "P", options.policies, "only this one, repeatable");
  flags.Integer("--worlds", options.worlds, {1, 100'000}, "default 40");
  flags.Integer("--nodes", options.nodes, {1, 1'000'000},
                "budget of each run (default 200)");
  flags.Integer("--jobs", options.jobs, {1, 1024}, "in flight (default 4)");
  flags.Integer("--seed", options.seed, {0, INT64_MAX}, "default 1");
  flags.Switch("--json", options.json, "one object per policy");
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  PolicyBenchmarkOptions benchmark;
  benchmark.policies = options.policies;
  benchmark.worlds = static_cast<int>(options.worlds.value_or(benchmark.worlds));
  benchmark.nodes = static_cast<int>(options.nodes.value_or(benchmark.nodes));
  benchmark.jobs = static_cast<int>(options.jobs.value_or(benchmark.jobs));
  benchmark.seed = static_cast<uint64_t>(options.seed.value_or(1));
  ASSIGN_OR_RETURN(const auto rows, RunPolicyBenchmark(benchmark, session.clock));
  PrintRows(rows, options.json, session.console);
  return kDone;
}

}  // namespace kernelevolve::cli
