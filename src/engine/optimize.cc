#include "engine/optimize.h"

#include "base/format.h"
#include "base/text.h"
#include "engine/campaign.h"
#include "engine/candidate_file.h"
#include "engine/final_stages.h"
#include "engine/finished_run.h"
#include "engine/forecast_text.h"
#include "engine/recorded_run.h"
#include "engine/run_setup.h"
#include "propose/llm/author.h"
#include "propose/proposers.h"
#include "search/language_mix.h"

namespace kernelevolve {
namespace {

// With `pause`, the search ends with so many nodes.
TerminationOptions LimitsOf(const RunBudget& budget, int64_t pause) {
  TerminationOptions limits;
  limits.max_nodes = budget.nodes.value_or(0);
  if (pause > 0 && (limits.max_nodes == 0 || pause < limits.max_nodes))
    limits.max_nodes = pause;
  limits.max_seconds = 60 * budget.minutes.value_or(0);
  limits.stall_nodes = budget.stall_nodes.value_or(0);
  limits.max_dollars = budget.dollars.value_or(0);
  limits.max_tokens = budget.tokens.value_or(0);
  limits.target_speedup = budget.target_speedup.value_or(0);
  if (budget.speed_of_light)
    limits.within_percent_of_light = 100 * (1 - *budget.speed_of_light);
  return limits;
}

struct Thinkers {
  std::unique_ptr<Search> search;
  std::unique_ptr<Proposer> proposer;
};

ProposerOptions ProposerOptionsOf(const RecordedOptions& recorded,
                                  const fs::path& data) {
  ProposerOptions proposer;
  proposer.name = recorded.proposer;
  proposer.data = data;
  proposer.author = recorded.author;
  proposer.author.dollars = recorded.budget.dollars;
  proposer.author.tokens = recorded.budget.tokens;
  return proposer;
}

Result<std::unique_ptr<Search>> SearchOf(const RecordedOptions& recorded,
                                         const TargetSet& targets) {
  return MakeSearch({.policy = recorded.policy,
                     .drafts = recorded.drafts,
                     .seed = recorded.seed},
                    targets.Languages());
}

Result<Thinkers> MakeThinkers(const RunSetup& setup,
                              const OptimizeOptions& options,
                              const Clock& clock) {
  Thinkers thinkers;
  ProposerOptions proposer = ProposerOptionsOf(setup.recorded, options.data);
  proposer.device_facts = setup.executor.facts;
  proposer.earlier = setup.record.spending;
  proposer.author.nodes = static_cast<int64_t>(setup.nodes.size());
  proposer.clock = &clock;
  RETURN_IF_ERROR(CheckProposer(proposer));
  ASSIGN_OR_RETURN(thinkers.search, SearchOf(setup.recorded, options.targets));
  ASSIGN_OR_RETURN(thinkers.proposer, MakeProposer(proposer, options.targets));
  return thinkers;
}

// In the language that its file's extension says, the first where none does.
Result<Candidate> ReadSeed(const fs::path& file, const TargetSet& targets) {
  for (const Target& target : targets.all())
    if (target.compile.extension == file.extension())
      return ReadCandidate(file, target, {});
  return ReadCandidate(file, targets.first(), {});
}

// Stands for one that is not there yet, and is asked nothing.
class NoWorkbench : public Workbench {
 public:
  Result<Evaluation> Lint(const Candidate&, const StopCondition&) override {
    return Broken("there is no judge yet");
  }
  Result<Evaluation> Evaluate(const Candidate&, const StopCondition&) override {
    return Broken("there is no judge yet");
  }
};

// A window in which no model can be told what to do.
Status CheckWindow(const OptimizeOptions& options, const Clock& clock) {
  if (options.author.models.empty() || options.proposer == "recipes") return {};
  AuthorOptions author = options.author;
  author.record = author.cache = "";  // nothing is made yet
  AuthorPlace place;
  place.data = options.data;
  place.clock = &clock;
  NoWorkbench workbench;
  for (const Target& target : options.targets.all()) {
    ASSIGN_OR_RETURN(const auto prompts,
                     MakeAuthorPrompts(author, place, target));
    ProposalRequest draft;
    draft.task = &options.task;
    draft.target = &target;
    draft.workbench = &workbench;
    RETURN_IF_ERROR(prompts->CheckWindow(draft));
  }
  return {};
}

// Names and files that are wrong are found before a folder is made.
Result<std::optional<Candidate>> CheckOptions(const OptimizeOptions& options,
                                              const Clock& clock) {
  if (options.resume) return std::nullopt;
  const RecordedOptions wanted{.policy = options.policy,
                               .proposer = options.proposer,
                               .drafts = options.drafts,
                               .budget = options.budget,
                               .author = options.author};
  RETURN_IF_ERROR(SearchOf(wanted, options.targets));
  RETURN_IF_ERROR(CheckProposer(ProposerOptionsOf(wanted, options.data)));
  RETURN_IF_ERROR(CheckWindow(options, clock));
  if (options.seed_kernel.empty()) return std::nullopt;
  ASSIGN_OR_RETURN(Candidate seed,
                   ReadSeed(options.seed_kernel, options.targets));
  return seed;
}

// The seed kernel of a resumed run that died before it was judged.
Result<std::optional<Candidate>> PendingSeed(const RunSetup& setup,
                                             const OptimizeOptions& options) {
  if (setup.recorded.seed_kernel.empty()) return std::nullopt;
  for (const Node& node : setup.nodes)
    if (node.kind == NodeKind::kSeed) return std::nullopt;
  ASSIGN_OR_RETURN(Candidate seed,
                   ReadSeed(setup.recorded.seed_kernel, options.targets));
  return seed;
}

// One run from its set-up to its summary.
class Run {
 public:
  // `played`: the recording that it plays.
  Run(const OptimizeOptions& options, RunSetup setup, Thinkers thinkers,
      const Recording& played, Observer& observer, const Clock& clock)
      : next_(NextPart(played, Count(setup))),
        unordered_(LacksOrder(played, Count(setup))),
        setup_(std::move(setup)),
        thinkers_(std::move(thinkers)),
        best_files_(setup_.work_dir, options.targets,
                    MakeJudgedTask(options.task, setup_.recorded.task)),
        recorder_(*setup_.store, setup_.record,
                  {.task_digest = setup_.record.task_digest,
                   .toolchain = setup_.executor.toolchain,
                   .device = setup_.executor.device},
                  options.targets, &best_files_),
        observer_(observer),
        pending_(setup_.work_dir.pending()),
        campaign_({options.task, options.targets, setup_.record.search_secret,
                   options.jobs, 
                   LimitsOf(setup_.recorded.budget, next_ ? next_->nodes : 0),
                   {setup_.record.seconds_used, setup_.record.spending,
                    setup_.record.judging},
                   setup_.recorded.author.memory,
                   StepOrder(EndsOfPart(played, Count(setup_)))},
                  {*thinkers_.proposer, *setup_.executor.evaluator,
                   *thinkers_.search, recorder_, observer, clock,
                   setup_.executor.deferred, &pending_, setup_.recording.get()}) {
    recorder_.SetJudge(setup_.executor.deferred);
    recorder_.SetMachine(setup_.executor.describe);
  }

  Result<RunSummary> Go(std::optional<Candidate> seed,
                        const StopCondition& stop) {
    const int64_t resumed = Count(setup_);
    campaign_.Restore(std::move(setup_.nodes));
    ASSIGN_OR_RETURN(std::vector<PendingStep> pending, pending_.Read());
    campaign_.AddPending(std::move(pending));
    if (seed) campaign_.AddSeed(std::move(*seed));
    observer_.OnStart({setup_.record.id, resumed, setup_.recorded.policy,
                       setup_.recorded.proposer});
    if (unordered_)
      observer_.OnNote("the recording does not say in which order its kernels "
                       "were judged: the nodes of the replay may be numbered, "
                       "and parents named, otherwise than the run's");
    if (const std::string forecast = ForecastText(); !forecast.empty())
      observer_.OnNote(forecast);
    Result<RunSummary> summary = Work(stop);
    if (summary && !paused_) observer_.OnDone(*summary);
    return summary ? summary : Failed(summary.error());
  }
  // It has come to the next part of the run that it plays, and is to be resumed
  // as that was.
  bool paused() const { return paused_; }

 private:
  Result<RunSummary> Paused() {
    RunSummary summary;
    summary.state = "interrupted";
    Fill(summary, {});
    RETURN_IF_ERROR(recorder_.Finish(summary.state, "as the recorded run was",
                                     summary.elapsed_s));
    observer_.OnNote(format("the recorded run was interrupted here and resumed, "
                            "with {} judged",
                            Counted(next_->nodes, "kernel")));
    return summary;
  }

  Result<RunSummary> Work(const StopCondition& stop) {
    observer_.OnPhase(campaign_.ledger().Snapshot(0));
    ASSIGN_OR_RETURN(const TerminationReason reason, campaign_.Search(stop));
    const auto nodes =
        static_cast<int64_t>(campaign_.archive().nodes().size());
    paused_ = next_ && nodes >= next_->nodes && !stop.requested();
    if (paused_) return Paused();
    FinalStages stages(campaign_, std::move(setup_.history));
    ASSIGN_OR_RETURN(StagesResult result, stages.Run(stop));
    RunSummary summary;
    const bool ended = stop.requested();
    summary.waiting = !ended && campaign_.GivenUp();
    summary.state = ended || summary.waiting ? "interrupted" : "done";
    summary.reason = summary.waiting ? setup_.executor.deferred->GivenUp()
                                     : ReasonText(reason);
    if (stop.requested() && reason.rule != "interrupted")
      summary.reason = format("interrupted in the {} stage (the search ended: {})",
                              RunPhaseName(campaign_.ledger().Snapshot(0).phase),
                              summary.reason);
    RETURN_IF_ERROR(campaign_.Tick(0));  // the books, with the last of the stages
    Fill(summary, std::move(result));
    const bool played = !PlayedRecording(setup_.recorded.author.models).empty();
    if (played) {
      ASSIGN_OR_RETURN(summary.stand_ins, CountStandIns(*setup_.store, nodes));
    }
    if (played && summary.best && !summary.confirmed)
      summary.reason += "; the recording holds no confirm verdicts, so the "
                        "result is that of the search stage";
    RETURN_IF_ERROR(RecordMachine());
    RETURN_IF_ERROR(
        recorder_.Finish(summary.state, summary.reason, summary.elapsed_s));
    return summary;
  }

  // Which machine judges elsewhere is known once it has.
  Status RecordMachine() {
    if (!setup_.executor.deferred) return {};
    const JudgingMachine machine =
        setup_.executor.deferred->MachineOf("", Stage::kSearch);
    setup_.recorded.device = machine.device;
    setup_.recorded.toolchain = machine.toolchain;
    recorder_.SetOptions(ToText(setup_.recorded));
    const fs::path& recording = setup_.recorded.author.record;
    if (recording.empty() || machine.device.empty()) return {};
    return NameJudge(VerdictsOf(recording), machine.device, machine.toolchain);
  }

  // What a kernel of the model will cost, and how far the budget goes.
  std::string ForecastText() {
    ProposalRequest draft = campaign_.RequestAt(0);
    draft.workbench = &campaign_.workbench();
    const auto forecast = thinkers_.proposer->Forecast(draft);
    return forecast ? kernelevolve::ForecastText(*forecast,
                                                 setup_.recorded.budget,
                                                 setup_.record.spending)
                    : "";
  }

  std::string ReasonText(const TerminationReason& reason) {
    const bool nothing = campaign_.archive().nodes().empty();
    if (reason.rule != "exhausted" || !nothing ||
        setup_.recorded.proposer == "llm")
      return reason.text;
    return format(
        "no {} recipe fits this task; --seed-kernel FILE starts from "
        "a kernel of yours",
        Join(campaign_.options().targets.Languages(), " or "));
  }

  void Fill(RunSummary& summary, StagesResult result) {
    campaign_.ledger().Fill(summary);
    for (const Node& node : campaign_.archive().nodes())
      if (!node.evaluation.accepted()) summary.SetLastFailure(node);
    summary.proposer = setup_.recorded.proposer;
    summary.run = setup_.record.id;
    summary.folder = setup_.work_dir.root();
    summary.confirmed = std::move(result.confirmed);
    summary.final = std::move(result.final);
    summary.confirmed_candidates = result.confirmed_candidates;
    summary.finals_spent = result.finals_spent;
    if (!result.best) return;
    summary.best = campaign_.archive()[*result.best];
    summary.best_kernel = best_files_.kernel(summary.best->candidate.language);
  }

  Result<RunSummary> Failed(const Error& error) {
    // If even this cannot be written, the first error is the one to tell.
    (void)recorder_.Finish("failed", error.message,
                           campaign_.ledger().elapsed());
    // A task that is broken stays so: there is nothing to go on from.
    if (error.code == ErrorCode::kBadInput &&
        campaign_.archive().nodes().empty())
      return Fail(error);
    const auto nodes =
        static_cast<int64_t>(campaign_.archive().nodes().size());
    return Fail(error.code,
                format("{}\n{} recorded in {}; --resume goes on from there",
                       error.message, Counted(nodes, "node"),
                       setup_.work_dir.root().string()));
  }

  static int64_t Count(const RunSetup& setup) {
    return static_cast<int64_t>(setup.nodes.size());
  }

  const Recording::Part* const next_;  // where that was resumed; may be null
  const bool unordered_;
  bool paused_ = false;
  RunSetup setup_;
  Thinkers thinkers_;
  BestFiles best_files_;
  RunRecorder recorder_;
  Observer& observer_;
  PendingSteps pending_;
  Campaign campaign_;
};

// The kernels that the recorded run had on its way here, and their price.
Status EnterPart(const Recording& played, RunSetup& setup) {
  ASSIGN_OR_RETURN(
      const Spending spent,
      TakePending(played, static_cast<int64_t>(setup.nodes.size()),
                  setup.work_dir.pending()));
  setup.record.spending.Add(spent);
  return {};
}

Status Continue(const fs::path& recording, const RunSetup& setup) {
  const auto nodes = static_cast<int64_t>(setup.nodes.size());
  RETURN_IF_ERROR(ContinueRecording(recording, nodes, setup.recorded.budget,
                                    setup.work_dir.pending()));
  RETURN_IF_ERROR(
      MarkResumed(VerdictsOf(recording), nodes, setup.executor.facts));
  // A judge elsewhere has no name yet.
  if (setup.executor.device.empty()) return {};
  return NameJudge(VerdictsOf(recording), setup.executor.device,
                   setup.executor.toolchain);
}

}  // namespace

Result<RunSummary> Optimize(const OptimizeOptions& options,
                            const ExecutorFactory& make_executor,
                            Observer& observer, const Clock& clock,
                            const StopCondition& stop) {
  ASSIGN_OR_RETURN(std::optional<Candidate> seed, CheckOptions(options, clock));
  Recording played;
  if (const fs::path file = PlayedRecording(options.author.models);
      !file.empty()) {
    ASSIGN_OR_RETURN(played, ReadRecording(file));
    const auto task = GetString(played.header, "task");
    if (task && *task != options.task.name)
      return BadInput(format("{} is a recording of the task {}, not of {}",
                             file.string(), Sanitize(*task, 100),
                             options.task.name));
  }
  if (!options.author.record.empty() && !options.resume)
    RETURN_IF_ERROR(BeginRecording(options));
  for (OptimizeOptions now = options;; now.resume = true) {
    ASSIGN_OR_RETURN(RunSetup setup,
                     now.resume ? ResumeRun(now, make_executor)
                                : CreateRun(now, make_executor, clock));
    // One that a person resumes has its own.
    if (!options.resume) RETURN_IF_ERROR(EnterPart(played, setup));
    const auto nodes = static_cast<int64_t>(setup.nodes.size());
    const fs::path& recording = setup.recorded.author.record;
    if (setup.executor.played)
      setup.executor.facts = setup.executor.played->GoOn(nodes);
    if (options.resume && !recording.empty())
      RETURN_IF_ERROR(Continue(recording, setup));
    ASSIGN_OR_RETURN(setup.recording, OpenRecording(recording));
    ASSIGN_OR_RETURN(Thinkers thinkers, MakeThinkers(setup, now, clock));
    if (now.resume) {
      ASSIGN_OR_RETURN(seed, PendingSeed(setup, now));
    }
    Run run(now, std::move(setup), std::move(thinkers), played, observer,
            clock);
    Result<RunSummary> summary = run.Go(seed, stop);
    if (!summary || !run.paused()) return summary;
  }
}

}  // namespace kernelevolve
