// kernelevolve evaluate
#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "base/format.h"
#include "base/random.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/evaluation_text.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/in_order.h"
#include "cli/workers.h"
#include "core/stored_result.h"
#include "engine/candidate_file.h"
#include "engine/machine_here.h"

namespace kernelevolve::cli {
namespace {

struct EvaluateOptions {
  std::string task, target = kDefaultTarget, stage = "search";
  std::vector<std::string> candidates, shapes, settings, disabled;
  std::optional<int64_t> jobs;
  bool explain = false, json = false, unsafe = false;
};

Flags MakeFlags(EvaluateOptions& options) {
  Flags flags({"kernelevolve evaluate",
               "judge kernels: right or not, and how fast",
               "TASK CANDIDATE... [flags]",
               "kernelevolve evaluate softmax my_softmax.cc --set UNROLL=8"});
  flags.Positional("TASK", options.task,
                   "a shipped task's name, a folder, or a KernelBench file");
  flags.Positionals("CANDIDATE", options.candidates, "kernel source files");
  flags.Text("--target", "T", options.target,
             "language@device (default cpp@native)");
  flags.Text("--stage", "S", options.stage,
             "search (quick, default), confirm, or final (reportable)");
  flags.Texts("--shape", "NAME", options.shapes,
              "at this listed shape of the task only, repeatable");
  flags.Texts("--set", "NAME=VALUE", options.settings,
              "value of a ke:tune parameter, repeatable");
  flags.Integer("--jobs", options.jobs, {1, 1024},
                "candidates in hand at once (default 1)");
  flags.Switch("--explain", options.explain,
               "all evidence, a full profile, and the whole log");
  flags.Switch("--json", options.json, "one object per candidate, and only that");
  flags.Texts("--without-check", "NAME", options.disabled,
              "switch a check off (kernelevolve-worker checks lists them)");
  flags.Switch("--unsafe-no-sandbox", options.unsafe,
               "run candidates with your own rights");
  return flags;
}

int ExitCodeOf(const Evaluation& evaluation) {
  switch (evaluation.status) {
    case VerdictStatus::kAccept: return kDone;
    case VerdictStatus::kReject:
    case VerdictStatus::kInconclusive: return kNothing;
    case VerdictStatus::kHarnessError: return kInfrastructure;
  }
  return kInfrastructure;
}

int JobsOf(const EvaluateOptions& options) {
  return static_cast<int>(
      std::min<int64_t>(options.jobs.value_or(1),
                        static_cast<int64_t>(options.candidates.size())));
}

// One for each candidate. All are read before the first is judged: a misspelt
// last name must not cost the time of the others.
Result<std::vector<StoredResult>> ResultsToFill(
    const EvaluateOptions& options, const EvaluateFileOptions& each) {
  StoredResult result;
  result.task = MakeJudgedTask(each.task, options.task);
  result.target = each.target.Name();
  result.without_checks = options.disabled;
  std::vector<StoredResult> results;
  for (const std::string& file : options.candidates) {
    ASSIGN_OR_RETURN(Candidate candidate,
                     ReadCandidate(file, each.target, each.parameters));
    result.candidate = file;
    result.parameters = std::move(candidate.parameters);
    results.push_back(result);
  }
  return results;
}

// `results` says of each candidate all but its verdict.
Result<int> PrintAll(const EvaluateOptions& options,
                     std::vector<StoredResult> results,
                     InOrder<Evaluation>& verdicts, Session& session) {
  int exit_code = kDone;
  for (size_t i = 0; i < results.size(); ++i) {
    const std::string& file = results[i].candidate;
    Evaluation& evaluation = results[i].evaluation;
    if (session.console.interactive() && !options.json)
      session.console.Err(format("judging {} ({} stage) ...\n", file,
                                 options.stage));
    ASSIGN_OR_RETURN(evaluation, verdicts.Wait(i));
    session.console.Out(
        options.json
            ? DumpJson(ToJson(results[i])) + "\n"
            : EvaluationText(evaluation, file, {.explain = options.explain}));
    exit_code = std::max(exit_code, ExitCodeOf(evaluation));
  }
  return exit_code;
}

Result<int> EvaluateAll(const EvaluateOptions& options,
                        const EvaluateFileOptions& each,
                        const std::vector<StoredResult>& results,
                        Workers& workers, Session& session) {
  InOrder<Evaluation> verdicts(
      options.candidates.size(), JobsOf(options), [&](size_t at) {
        return EvaluateFile(options.candidates[at], each, *workers.pool,
                            session.stop);
      });
  return PrintAll(options, results, verdicts, session);
}

}  // namespace

Result<int> RunEvaluate(const Arguments& arguments, Session& session) {
  EvaluateOptions options;
  Flags flags = MakeFlags(options);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;

  const std::optional<Stage> stage = ParseStage(options.stage);
  if (!stage)
    return BadInput(format("--stage: found '{}', expected search, confirm or "
                           "final", options.stage));
  ASSIGN_OR_RETURN(TaskAndTarget found,
                   FindTaskAndTarget(options.task, options.target,
                                     session.stop, options.shapes));
  if (!found.note.empty()) session.console.Err(found.note + "\n");
  EvaluateFileOptions each{std::move(found.task), std::move(found.target)};
  each.stage = *stage;
  each.disabled_checks = options.disabled;
  each.explain = options.explain;
  // As in a run, so that all are given the same inputs, whose answers are
  // computed once.
  if (*stage == Stage::kSearch) each.secret = Hex(SecretBytes(32));
  ASSIGN_OR_RETURN(each.parameters, ParseSettings(options.settings));
  ASSIGN_OR_RETURN(std::vector<StoredResult> results,
                   ResultsToFill(options, each));
  ASSIGN_OR_RETURN(Workers workers,
                   StartWorkers(each.target, {JobsOf(options), options.unsafe},
                                session));
  if (options.json) {
    const MachineRecord machine =
        DescribeMachine(workers.pool->hello(), each.target.device_kind,
                        session.stop);
    for (StoredResult& result : results) result.machine = machine;
  }
  return EvaluateAll(options, each, results, workers, session);
}

}  // namespace kernelevolve::cli
