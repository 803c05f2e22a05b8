// kernelevolve bench throughput
#include <algorithm>

#include "base/format.h"
#include "base/json.h"
#include "cli/arguments.h"
#include "cli/bench.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/workers.h"
#include "propose/proposers.h"

namespace kernelevolve::cli {
namespace {

struct ThroughputOptions {
  std::string task = "softmax", target = kDefaultTarget;
  std::optional<int64_t> candidates, seed;
  bool json = false;
};

Flags MakeThroughputFlags(ThroughputOptions& options) {
  Flags flags({"kernelevolve bench throughput",
               "time from source to search-stage verdict", "[TASK] [flags]",
               "kernelevolve bench throughput softmax --candidates 20"});
  flags.OptionalPositional("TASK", options.task, "default softmax");
  flags.Text("--target", "T", options.target,
             "language@device (default cpp@native)");
  flags.Integer("--candidates", options.candidates, {1, 10'000},
                "kernels to judge, one after the other (default 10)");
  flags.Integer("--seed", options.seed, {0, INT64_MAX},
                "of their proposals (default 1)");
  flags.Switch("--json", options.json, "one object per kernel, then the medians");
  return flags;
}

// One verdict: seconds in all, and their shares.
struct Verdict {
  Code code = Code::kOk;
  double total = 0, compiler = 0, kernel = 0, exclusive = 0;
  double Ours() const { return total - compiler - kernel; }
};

double Median(std::vector<double> values) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  const size_t middle = values.size() / 2;
  return values.size() % 2 ? values[middle]
                           : (values[middle - 1] + values[middle]) / 2;
}

std::string VerdictText(const std::string& name, const Verdict& verdict,
                        bool json) {
  if (json) {
    Json line;
    line["name"] = name;
    line["code"] = CodeName(verdict.code);
    line["total_s"] = verdict.total;
    line["compiler_s"] = verdict.compiler;
    line["kernel_s"] = verdict.kernel;
    line["ours_s"] = verdict.Ours();
    line["device_exclusive_s"] = verdict.exclusive;
    return DumpJson(line) + "\n";
  }
  return format("  {:<12} {:<14} {:6.3f} s: compiler {:.3f}, kernels {:.3f}, "
                "ours {:.3f}; device held {:.3f}\n",
                name, CodeName(verdict.code), verdict.total, verdict.compiler,
                verdict.kernel, verdict.Ours(), verdict.exclusive);
}

Verdict MedianOf(const std::vector<Verdict>& verdicts) {
  const auto median = [&](double Verdict::*member) {
    std::vector<double> values;
    for (const Verdict& verdict : verdicts) values.push_back(verdict.*member);
    return Median(values);
  };
  // Ours is a median of its own, so that a total may not be its parts' sum.
  Verdict middle{Code::kOk, median(&Verdict::total), median(&Verdict::compiler),
                 median(&Verdict::kernel), median(&Verdict::exclusive)};
  return middle;
}

Result<Verdict> JudgeOne(const TaskAndTarget& found, const Candidate& candidate,
                         WorkerPool& pool, Session& session) {
  EvaluationRequest request{found.task, found.target, candidate};
  // One root for all, as in a run: expected outputs are made once.
  request.secret = std::string(64, '0');
  const Clock::TimePoint start = session.clock.Now();
  ASSIGN_OR_RETURN(const Evaluation evaluation,
                   pool.Evaluate(request, session.stop));
  return Verdict{evaluation.code, SecondsSince(session.clock, start),
                 evaluation.phases.compiler / 1e3,
                 evaluation.phases.kernel / 1e3,
                 evaluation.phases.device_exclusive / 1e3};
}

Result<std::vector<Verdict>> JudgeAll(const TaskAndTarget& found,
                                      const ThroughputOptions& options,
                                      Session& session) {
  ASSIGN_OR_RETURN(const auto proposer,
                   MakeProposer({"recipes", found.data}, found.target));
  ASSIGN_OR_RETURN(Workers workers, StartWorkers(found.target, {}, session));
  ProposalRequest request;
  request.task = &found.task;
  request.target = &found.target;
  std::vector<Verdict> verdicts;
  const int64_t count = options.candidates.value_or(10);
  // The first verdict also pays for the baselines and expected outputs, which a
  // run shares among all of its candidates: it is shown and not counted.
  for (int64_t i = 0; i <= count; ++i) {
    request.draft_index = static_cast<int>(i);
    request.seed = static_cast<uint64_t>(options.seed.value_or(1) + i);
    ASSIGN_OR_RETURN(const auto proposal,
                     proposer->Propose(request, session.stop));
    if (!proposal) break;
    ASSIGN_OR_RETURN(const Verdict verdict,
                     JudgeOne(found, proposal->candidate, *workers.pool, session));
    session.console.Out(
        VerdictText(i == 0 ? "warm-up" : format("kernel {}", i), verdict,
                    options.json));
    if (i > 0) verdicts.push_back(verdict);
  }
  return verdicts;
}

}  // namespace

Result<int> RunBenchThroughput(const Arguments& arguments, Session& session) {
  ThroughputOptions options;
  Flags flags = MakeThroughputFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const TaskAndTarget found,
                   FindTaskAndTarget(options.task, options.target,
                                     session.stop));
  ASSIGN_OR_RETURN(const std::vector<Verdict> verdicts,
                   JudgeAll(found, options, session));
  if (verdicts.empty())
    return BadInput(format("no recipe fits task '{}': nothing to measure",
                           options.task));
  session.console.Out(VerdictText("median", MedianOf(verdicts), options.json));
  return kDone;
}

}  // namespace kernelevolve::cli
