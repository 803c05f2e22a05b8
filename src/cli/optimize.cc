// kernelevolve optimize
#include <algorithm>
#include <thread>

#include "base/format.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/executor_flags.h"
#include "cli/exit_code.h"
#include "cli/flags.h"
#include "cli/kb_skills.h"
#include "cli/model_flags.h"
#include "cli/observers.h"
#include "cli/recording_flags.h"
#include "cli/summary_text.h"
#include "cli/workers.h"
#include "core/task_parser.h"
#include "engine/finished_run.h"
#include "engine/optimize.h"
#include "eval/verdict_log.h"
#include "engine/work_dir.h"
#include "search/search.h"

namespace kernelevolve::cli {
namespace {

constexpr double kDefaultMinutes = 5;
// More evaluations in flight than this only queue for the device.
constexpr int kMostDefaultJobs = 16;
constexpr int kMostJobs = 256;

struct OptimizeFlags {
  std::string task, target = kDefaultTarget, proposer, policy = "mcts", run,
                    seed_kernel;
  std::vector<std::string> shapes;
  RunBudget budget;
  ModelFlags model;
  std::optional<int64_t> jobs, seed, drafts;
  ExecutorFlags executor;
  std::optional<double> percent_of_light;
  bool resume = false, json = false, unsafe = false;
};

void AddBudgetFlags(Flags& flags, OptimizeFlags& options) {
  flags.Positive("--minutes", options.budget.minutes,
                 "search so long, final stages on top (default 5 without --nodes)");
  flags.Integer("--nodes", options.budget.nodes, {1, 10'000'000},
                "judge so many kernels");
  flags.Integer("--stall", options.budget.stall_nodes, {1, 10'000'000},
                "end after so many without a better one");
  flags.Positive("--target-speedup", options.budget.target_speedup,
                 "end at this speedup over the best baseline");
  flags.Positive("--speed-of-light", options.percent_of_light,
                 "end at this percentage of the machine's bound");
}

void AddJudgingFlags(Flags& flags, OptimizeFlags& options) {
  flags.Section("judging", "flags of where and how kernels are judged",
                "kernelevolve optimize softmax --executor bundle:/media/stick "
                "--nodes 256");
  flags.Integer("--jobs", options.jobs, {1, kMostJobs},
                "kernels in flight (default: the CPU's cores)");
  flags.Texts("--shape", "NAME", options.shapes,
              "for this listed shape of the task only, repeatable");
  flags.Switch("--unsafe-no-sandbox", options.unsafe,
               "run candidates with your own rights");
  AddBundleFlags(flags, options.executor);
}

Flags MakeFlags(OptimizeFlags& options) {
  Flags flags({"kernelevolve optimize", "search for a faster kernel for a task",
               "TASK [flags]",
               "kernelevolve optimize softmax --minutes 2"});
  flags.Positional("TASK", options.task,
                   "a shipped task's name, a folder, or a KernelBench file");
  flags.Text("--target", "T", options.target,
             "language@device (default cpp@native); several with , share a run");
  AddBudgetFlags(flags, options);
  flags.Text("--policy", "P", options.policy,
             "mcts (default), greedy, best-of-n");
  flags.Text("--proposer", "P", options.proposer,
             "recipes (default), llm, mixed, mailbox:DIR, replay:FILE");
  flags.Text("--seed-kernel", "FILE", options.seed_kernel,
             "start from this kernel of yours");
  flags.Integer("--seed", options.seed, {0, INT64_MAX},
                "same seed, same proposals (default 1)");
  flags.Text("--run", "DIR", options.run,
             "the run's folder (default runs/TASK-TIME)");
  flags.Switch("--resume", options.resume, "go on with the run in --run DIR");
  flags.Switch("--json", options.json, "one object per event, and only that");
  AddExecutorFlags(flags, options.executor);
  AddJudgingFlags(flags, options);
  AddModelFlags(flags, options.model, options.budget);
  return flags;
}

// On a GPU, kernels are compiled on all cores ahead of their turn to be timed.
int DefaultJobs(const std::string& device_kind) {
  const int cores = static_cast<int>(std::thread::hardware_concurrency());
  return std::clamp(cores, 1, device_kind == "gpu" ? kMostJobs
                                                   : kMostDefaultJobs);
}

Status CheckRunFlags(const OptimizeFlags& options) {
  if (!options.resume || !options.run.empty()) return {};
  std::string newest = "DIR";
  for (const fs::path& folder : ListRunFolders(kRunsFolder))
    if (folder.filename().string().starts_with(
            fs::path(options.task).filename().string() + "-"))
      newest = folder.string();
  return BadInput(format("--resume: say which run, as in --run {}", newest));
}

// A run that goes on keeps the shapes it began with.
std::vector<std::string> ShapesOf(const OptimizeFlags& flags) {
  if (!flags.resume || !flags.shapes.empty()) return flags.shapes;
  const auto task = ReadRunTask(flags.run);
  return task ? task->only_shapes : flags.shapes;
}

Result<OptimizeOptions> MakeOptions(const OptimizeFlags& flags,
                                    const ExecutorChoice& executor,
                                    const Session& session) {
  RETURN_IF_ERROR(CheckRunFlags(flags));
  ASSIGN_OR_RETURN(TaskAndTargets found,
                   FindTaskAndTargets(flags.task, flags.target, session.stop,
                                      ShapesOf(flags)));
  if (!found.note.empty()) session.console.Err(found.note + "\n");
  OptimizeOptions options;
  options.task = std::move(found.task);
  options.targets = std::move(found.targets);
  options.data = std::move(found.data);
  options.run_folder =
      flags.run.empty()
          ? NewRunFolder(kRunsFolder, options.task.name,
                         session.clock.WallSeconds())
          : fs::path(flags.run);
  options.resume = flags.resume;
  options.budget = flags.budget;
  if (flags.percent_of_light)
    options.budget.speed_of_light = *flags.percent_of_light / 100;
  if (!executor.bundles.folder.empty()) {
    if (!flags.resume && !options.budget.nodes)
      return BadInput("--executor bundle: needs --nodes N: minutes say little "
                      "where results are carried");
  } else if (!flags.resume && !options.budget.minutes && !options.budget.nodes) {
    options.budget.minutes = kDefaultMinutes;
  }
  ASSIGN_OR_RETURN(options.proposer,
                   ProposerOf(flags.proposer, flags.model, options.author));
  // A recording is played again step for step only if it was made so.
  const bool in_step = !options.author.record.empty() ||
                       options.author.models.starts_with("replay:");
  options.jobs =
      static_cast<int>(flags.jobs.value_or(
          in_step ? 1 : DefaultJobs(options.targets.device_kind())));
  if (!executor.bundles.folder.empty()) {
    options.jobs = static_cast<int>(executor.bundles.bundle_size);
    options.author.tools = false;  // each call of the judge would be a journey
  }
  options.policy = flags.policy;
  options.seed = static_cast<uint64_t>(flags.seed.value_or(1));
  options.seed_kernel = flags.seed_kernel;
  options.task_words = TaskWords(flags.task);
  return options;
}

std::unique_ptr<Observer> MakeObserver(const OptimizeFlags& flags,
                                       const OptimizeOptions& options,
                                       Console& console) {
  if (flags.json) return std::make_unique<JsonObserver>(console);
  ProgressHeading heading{options.task.name,  options.targets.Name(),
                          options.policy,     options.proposer,
                          options.run_folder, options.budget};
  if (console.interactive())
    return std::make_unique<TerminalObserver>(console, std::move(heading));
  return std::make_unique<PlainObserver>(console, std::move(heading));
}

ExecutorFactory LocalExecutors(const OptimizeOptions& options, bool unsafe,
                               Session& session) {
  return [&options, unsafe,
          &session](const WorkDir& folder) -> Result<Executor> {
    if (unsafe) WarnOfMissingSandbox(session);
    LocalExecutorOptions executor;
    executor.workers = options.jobs;
    executor.unsafe_no_sandbox = unsafe;
    executor.log_folder = folder.worker_logs();
    executor.device = options.targets.device();
    executor.device_kind = options.targets.device_kind();
    executor.on_waiting = TellWaiting;
    ASSIGN_OR_RETURN(Executor local, MakeLocalExecutor(executor, session.stop));
    if (options.author.record.empty()) return local;
    return RecordVerdicts(std::move(local), options.author.record);
  };
}

ExecutorFactory BundleExecutors(const OptimizeOptions& options,
                                const BundleExecutorOptions& bundles,
                                Session& session) {
  return [&options, bundles,
          &session](const WorkDir& folder) -> Result<Executor> {
    ASSIGN_OR_RETURN(Executor elsewhere,
                     MakeBundleExecutor(bundles, folder, session.clock));
    if (options.author.record.empty()) return elsewhere;
    return RecordVerdicts(std::move(elsewhere), options.author.record);
  };
}

// What was recorded with its verdicts needs no worker.
ExecutorFactory MakeExecutors(const OptimizeOptions& options,
                              const ExecutorChoice& choice, bool unsafe,
                              Session& session) {
  if (!choice.bundles.folder.empty())
    return BundleExecutors(options, choice.bundles, session);
  constexpr std::string_view kReplay = "replay:";
  const std::string& models = options.author.models;
  if (!models.starts_with(kReplay))
    return LocalExecutors(options, unsafe, session);
  const fs::path recording = models.substr(kReplay.size());
  std::error_code error;
  if (!fs::exists(VerdictsOf(recording), error))
    return LocalExecutors(options, unsafe, session);
  return [recording](const WorkDir&) { return MakeReplayExecutor(recording); };
}

}  // namespace

Result<int> RunOptimize(const Arguments& arguments, Session& session) {
  OptimizeFlags flags_values;
  Flags flags = MakeFlags(flags_values);
  ASSIGN_OR_RETURN(const bool run, flags.Parse(arguments));
  if (!run) return session.console.Out(flags.Help()), kDone;
  if (!flags_values.resume)
    RETURN_IF_ERROR(AdoptRecording(
        session.program,
        {flags_values.task, flags_values.target, flags_values.proposer,
         flags_values.policy, flags_values.seed, flags_values.budget.nodes,
         flags_values.seed_kernel, flags_values.shapes, flags_values.model}));

  ASSIGN_OR_RETURN(
      const ExecutorChoice executor,
      ChooseExecutor(flags_values.executor,
                     flags_values.resume ? flags_values.run : ""));
  ASSIGN_OR_RETURN(const OptimizeOptions options,
                   MakeOptions(flags_values, executor, session));
  const fs::path skills =
      SkillsFolderOf(flags_values.model.write_skills, options.data);
  // A folder that cannot be made is told before the search, not after it.
  if (!skills.empty()) RETURN_IF_ERROR(MakeFolders(skills));
  Result<RunSummary> outcome = [&] {
    // Gone before the summary is printed, so that a live block is taken away
    // however the run ended.
    const auto observer = MakeObserver(flags_values, options, session.console);
    return Optimize(options,
                    MakeExecutors(options, executor, flags_values.unsafe,
                                  session),
                    *observer, session.clock, session.stop);
  }();
  ASSIGN_OR_RETURN(const RunSummary summary, std::move(outcome));
  if (!skills.empty() && summary.state == "done") {
    ASSIGN_OR_RETURN(const std::vector<WrittenSkill> written,
                     DistilInto(summary.folder, options.data, skills,
                                session.clock));
    session.console.Out(WrittenSkillsText(written, flags_values.json));
  }
  const RunCommands commands{session.program, flags_values.task,
                             options.targets.Name(), options.task.only_shapes};
  session.console.Out(flags_values.json
                          ? DumpJson(SummaryJson(summary, commands)) + "\n"
                          : SummaryText(summary, commands));
  if (summary.waiting) return kDone;
  const Evaluation* best = summary.BestEvaluation();
  return best && best->accepted() ? kDone : kNothing;
}

}  // namespace kernelevolve::cli
