// kernelevolve gauntlet
#include <algorithm>
#include <shared_mutex>
#include <thread>

#include "base/format.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/arguments.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/gauntlet/ablation.h"
#include "cli/gauntlet/case_list.h"
#include "cli/gauntlet/case_result.h"
#include "cli/gauntlet/trouble.h"
#include "cli/in_order.h"
#include "cli/terminal.h"
#include "cli/workers.h"
#include "core/task_parser.h"
#include "engine/candidate_file.h"
#include "engine/find_targets.h"
#include "engine/find_task_or_file.h"
#include "engine/machine_here.h"

namespace kernelevolve::cli {
namespace {

struct GauntletOptions {
  std::string target = kDefaultTarget;
  std::vector<std::string> only;
  std::optional<int64_t> jobs;
  bool json = false, ablation = false;
};

Flags MakeFlags(GauntletOptions& options) {
  Flags flags({"kernelevolve gauntlet",
               "does the judge see through cheats, and let honest kernels pass?",
               "[flags]", "kernelevolve gauntlet --only A43 --only H05"});
  flags.Text("--target", "T", options.target,
             "language@device (default cpp@native)");
  flags.Texts("--only", "NAME", options.only,
              "a case or a line of the list (A43, A43_early_exit), repeatable");
  flags.Integer("--jobs", options.jobs, {1, 1024},
                "cases in hand at once (default: 1, on a device half of the cores, "
                "at most 8)");
  flags.Switch("--ablation", options.ablation,
               "also: what still catches each cheat with checks switched off");
  flags.Switch("--json", options.json,
               "one object per case, then the counts, and only that");
  return flags;
}

// A device judges one kernel while others are built and their processes start.
int JobsOf(const GauntletOptions& options, const Target& target, size_t cases) {
  const int64_t half = std::thread::hardware_concurrency() / 2;
  const int64_t usual =
      target.device_kind == "gpu" ? std::clamp<int64_t>(half, 1, 8) : 1;
  return static_cast<int>(
      std::clamp<int64_t>(static_cast<int64_t>(cases), 1,
                          options.jobs.value_or(usual)));
}

// Judges cases. One per command; the session outlives it. Run is for any thread.
class Gauntlet {
 public:
  Gauntlet(fs::path data, Target target, WorkerPool& pool, Session& session)
      : data_(std::move(data)), folder_(data_ / "gauntlet"),
        target_(std::move(target)), pool_(pool), session_(session) {}

  // All but whether the verdict is right. An Error only where the user wants to
  // stop.
  Result<CaseResult> Run(const GauntletCase& one) {
    CaseResult result;
    result.expected = one;
    result.not_run = WhyNotRun(one);
    if (!result.not_run.empty()) return result;
    const Turn turn(turns_, one);
    const Clock::TimePoint start = session_.clock.Now();
    Result<Evaluation> verdict = Judge(one, {});
    result.seconds = SecondsSince(session_.clock, start);
    if (!verdict && verdict.error().code == ErrorCode::kInterrupted)
      return Fail(verdict.error());
    if (!verdict) {
      result.wrong = verdict.error().message;
      return result;
    }
    if (verdict->code == Code::kNoDevice) {
      result.not_run = "there is no device for it here";
      return result;
    }
    result.got = std::move(*verdict);
    return result;
  }

  // Of a case that was rightly refused.
  Result<AblatedCase> Ablate(const CaseResult& result) {
    const GauntletCase& one = result.expected;
    const Turn turn(turns_, one);
    return cli::Ablate(one, *result.got, [&](const std::vector<std::string>& off) {
      return Judge(one, off);
    });
  }

 private:
  class Turn {
   public:
    Turn(std::shared_mutex& turns, const GauntletCase& one) {
      if (one.RunsAlone())
        alone_ = std::unique_lock(turns);
      else
        shared_ = std::shared_lock(turns);
    }

   private:
    std::unique_lock<std::shared_mutex> alone_;
    std::shared_lock<std::shared_mutex> shared_;
  };

  std::string WhyNotRun(const GauntletCase& one) const {
    if (!one.kernels.count(target_.language))
      return one.elsewhere.empty() ? "no kernel in " + target_.language
                                   : one.elsewhere;
    std::error_code error;
    const bool there =
        one.needs.empty() ||
        std::any_of(one.needs.begin(), one.needs.end(),
                    [&](const std::string& file) {
                      return fs::exists(file, error);
                    });
    return there ? "" : "none of " + Join(one.needs, ", ") + " is here";
  }

  // Of the gauntlet's own, folders or KernelBench files, or a shipped one.
  Result<Task> FindCaseTask(const GauntletCase& one) const {
    const fs::path own = folder_ / "tasks" / one.task;
    if (IsTaskFolder(own)) return LoadTask(own);
    const std::string file = own.string() + ".py";
    std::error_code error;
    ASSIGN_OR_RETURN(
        FoundTask found,
        FindTaskOrFile(fs::exists(file, error) ? file : one.task,
                       target_.device_kind, data_, session_.stop));
    return std::move(found.task);
  }

  Result<Evaluation> Judge(const GauntletCase& one,
                           const std::vector<std::string>& checks_off) {
    EvaluateFileOptions options;
    ASSIGN_OR_RETURN(options.task, FindCaseTask(one));
    options.target = target_;
    options.stage = one.stage;
    options.disabled_checks = checks_off;
    const Trouble trouble(one.busy, one.kill_worker);
    return EvaluateFile(folder_ / one.kernels.at(target_.language), options,
                        pool_, session_.stop);
  }

  const fs::path data_, folder_;
  const Target target_;
  WorkerPool& pool_;
  Session& session_;
  std::shared_mutex turns_;
};

Result<std::vector<CaseResult>> RunAll(const std::vector<GauntletCase>& cases,
                                       Gauntlet& gauntlet, int jobs, bool json,
                                       Session& session) {
  Console& console = session.console;
  const GauntletTable table(cases);
  LiveBlock block(console);
  const bool live = console.interactive() && !json;
  if (!json) console.Out(table.Heading());
  std::vector<CaseResult> results;
  InOrder<CaseResult> verdicts(cases.size(), static_cast<size_t>(jobs),
                               [&](size_t at) { return gauntlet.Run(cases[at]); });
  for (const GauntletCase& one : cases) {
    if (live)
      block.Draw({format("[{}/{}] {}: {}", results.size() + 1, cases.size(),
                         one.name, one.says)});
    ASSIGN_OR_RETURN(CaseResult result, verdicts.Wait(results.size()));
    if (result.got) result.wrong = WhatIsWrong(one, *result.got, results);
    const std::string text =
        json ? DumpJson(CaseJson(result)) + "\n" : table.Row(result);
    live ? block.Above(text) : console.Out(text);
    results.push_back(std::move(result));
  }
  return results;
}

// Task by task: a device keeps the panels of a few, and makes one in many seconds.
std::vector<const CaseResult*> RightlyRefused(const std::vector<CaseResult>& results) {
  std::vector<const CaseResult*> refused;
  for (const CaseResult& result : results)
    if (result.right() && result.got->status == VerdictStatus::kReject)
      refused.push_back(&result);
  std::ranges::stable_sort(refused, {}, [](const CaseResult* one) {
    return one->expected.task;
  });
  return refused;
}

Status RunAblation(const std::vector<CaseResult>& results, Gauntlet& gauntlet,
                   int jobs, bool json, Session& session) {
  Console& console = session.console;
  ASSIGN_OR_RETURN(std::vector<std::string> checks, CheckNames(session.stop));
  std::vector<AblatedCase> rows;
  if (!json) console.Out("\nwhat catches each cheat, and what catches it without that\n");
  const std::vector<const CaseResult*> refused = RightlyRefused(results);
  InOrder<AblatedCase> ablated(
      refused.size(), static_cast<size_t>(jobs),
      [&](size_t at) { return gauntlet.Ablate(*refused[at]); });
  for (size_t i = 0; i < refused.size(); ++i) {
    ASSIGN_OR_RETURN(AblatedCase row, ablated.Wait(i));
    console.Out(json ? DumpJson(AblatedJson(row)) + "\n" : AblationRow(row));
    rows.push_back(std::move(row));
  }
  const AblationMatrix matrix(std::move(checks), std::move(rows));
  console.Out(json ? DumpJson(matrix.ToJson()) + "\n" : matrix.Text());
  return {};
}

}  // namespace

Result<int> RunGauntlet(const Arguments& arguments, Session& session) {
  GauntletOptions options;
  Flags flags = MakeFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  ASSIGN_OR_RETURN(const fs::path data, DataFolder());
  ASSIGN_OR_RETURN(const TargetSet targets, FindTargets(options.target, data));
  if (options.target.find(',') != std::string::npos)
    return BadInput("--target: one target at a time");
  ASSIGN_OR_RETURN(std::vector<GauntletCase> all, LoadCases(data / "gauntlet"));
  ASSIGN_OR_RETURN(const std::vector<GauntletCase> cases,
                   SelectCases(std::move(all), options.only));
  const int jobs = JobsOf(options, targets.first(), cases.size());
  ASSIGN_OR_RETURN(Workers workers, StartWorkers(targets.first(), {jobs}, session));
  Gauntlet gauntlet(data, targets.first(), *workers.pool, session);
  const Clock::TimePoint start = session.clock.Now();
  ASSIGN_OR_RETURN(const std::vector<CaseResult> results,
                   RunAll(cases, gauntlet, jobs, options.json, session));
  const wire::Hello& hello = workers.pool->hello();
  session.console.Out(
      options.json
          ? DumpJson(GauntletSummaryJson(
                results, DescribeMachine(hello, targets.first().device_kind,
                                         session.stop))) + "\n"
          : GauntletSummary(results, SecondsSince(session.clock, start),
                            hello.device));
  if (options.ablation)
    RETURN_IF_ERROR(RunAblation(results, gauntlet, jobs, options.json, session));
  return AllRight(results) ? kDone : kNothing;
}

}  // namespace kernelevolve::cli
