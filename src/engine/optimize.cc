#include "engine/optimize.h"

#include <cmath>

#include "base/format.h"
#include "base/text.h"
#include "engine/campaign.h"
#include "engine/candidate_file.h"
#include "engine/final_stages.h"
#include "engine/run_setup.h"
#include "propose/proposers.h"
#include "search/language_mix.h"

namespace kernelevolve {
namespace {

TerminationOptions LimitsOf(const RunBudget& budget) {
  TerminationOptions limits;
  limits.max_nodes = budget.nodes.value_or(0);
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

// What a run has at hand once it is set up; nothing before.
struct Circumstances {
  std::string device_facts;
  Spending earlier;
};

Result<Thinkers> MakeThinkers(const RecordedOptions& recorded,
                              const OptimizeOptions& options,
                              const Circumstances& here, const Clock& clock) {
  Thinkers thinkers;
  ProposerOptions proposer;
  proposer.name = recorded.proposer;
  proposer.data = options.data;
  proposer.author = recorded.author;
  proposer.author.dollars = recorded.budget.dollars;
  proposer.author.tokens = recorded.budget.tokens;
  proposer.device_facts = here.device_facts;
  proposer.earlier = here.earlier;
  proposer.clock = &clock;
  ASSIGN_OR_RETURN(thinkers.search, MakeSearch({.policy = recorded.policy,
                                                .drafts = recorded.drafts,
                                                .seed = recorded.seed},
                                               options.targets.Languages()));
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

// Names and files that are wrong are found before a folder is made.
Result<std::optional<Candidate>> CheckOptions(const OptimizeOptions& options,
                                              const Clock& clock) {
  if (options.resume) return std::nullopt;
  RETURN_IF_ERROR(MakeThinkers({.policy = options.policy,
                                .proposer = options.proposer,
                                .drafts = options.drafts,
                                .budget = options.budget,
                                .author = options.author},
                               options, {}, clock));
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
  Run(const OptimizeOptions& options, RunSetup setup, Thinkers thinkers,
      const Spending& earlier, Observer& observer, const Clock& clock)
      : setup_(std::move(setup)),
        thinkers_(std::move(thinkers)),
        best_files_(setup_.work_dir, options.targets),
        recorder_(*setup_.store, setup_.record,
                  {.task_digest = setup_.record.task_digest,
                   .toolchain = setup_.executor.toolchain,
                   .device = setup_.executor.device},
                  options.targets, &best_files_),
        observer_(observer),
        pending_(setup_.work_dir.pending()),
        campaign_({options.task, options.targets, setup_.record.search_secret,
                   options.jobs, LimitsOf(setup_.recorded.budget),
                   setup_.record.seconds_used, earlier,
                   setup_.recorded.author.memory},
                  {*thinkers_.proposer, *setup_.executor.evaluator,
                   *thinkers_.search, recorder_, observer, clock,
                   setup_.executor.deferred, &pending_}) {
    recorder_.SetJudge(setup_.executor.deferred);
  }

  Result<RunSummary> Go(std::optional<Candidate> seed,
                        const StopCondition& stop) {
    const auto resumed = static_cast<int64_t>(setup_.nodes.size());
    campaign_.Restore(std::move(setup_.nodes));
    if (setup_.executor.deferred) {
      ASSIGN_OR_RETURN(std::vector<PendingStep> pending, pending_.Read());
      campaign_.AddPending(std::move(pending));
    }
    if (seed) campaign_.AddSeed(std::move(*seed));
    observer_.OnStart(setup_.record.id, resumed);
    if (const std::string forecast = ForecastText(); !forecast.empty())
      observer_.OnNote(forecast);
    Result<RunSummary> summary = Work(stop);
    if (summary) observer_.OnDone(*summary);
    return summary ? summary : Failed(summary.error());
  }

 private:
  Result<RunSummary> Work(const StopCondition& stop) {
    observer_.OnPhase(campaign_.ledger().Snapshot(0));
    ASSIGN_OR_RETURN(const TerminationReason reason, campaign_.Search(stop));
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
    Fill(summary, std::move(result));
    RecordMachine();
    RETURN_IF_ERROR(
        recorder_.Finish(summary.state, summary.reason, summary.elapsed_s));
    return summary;
  }

  // Which machine judges elsewhere is known once it has.
  void RecordMachine() {
    if (!setup_.executor.deferred) return;
    const JudgingMachine machine =
        setup_.executor.deferred->MachineOf("", Stage::kSearch);
    setup_.recorded.device = machine.device;
    setup_.recorded.toolchain = machine.toolchain;
    recorder_.SetOptions(ToText(setup_.recorded));
  }

  // What a kernel of the model will cost, and how far the budget goes.
  std::string ForecastText() const {
    ProposalRequest draft;
    draft.task = &campaign_.options().task;
    draft.target = &campaign_.options().targets.first();
    const auto forecast = thinkers_.proposer->Forecast(draft);
    if (!forecast) return "";
    std::string text =
        format("a kernel takes about {} tokens of prompt and at most {} of answer",
               forecast->input_tokens, forecast->most_output_tokens);
    if (forecast->most_dollars > 0)
      text += format(", at most ${:.4f}", forecast->most_dollars);
    const RunBudget& budget = setup_.recorded.budget;
    if (budget.dollars && forecast->most_dollars > 0)
      text += format("; ${:.2f} buy at least {:.0f}", *budget.dollars,
                     std::floor(*budget.dollars / forecast->most_dollars));
    if (budget.tokens)
      text += format("; {} tokens are at least {}", *budget.tokens,
                     *budget.tokens / (forecast->input_tokens +
                                       forecast->most_output_tokens));
    return text;
  }

  std::string ReasonText(const TerminationReason& reason) {
    const bool nothing = campaign_.archive().nodes().empty();
    if (reason.rule != "exhausted" || !nothing) return reason.text;
    return format(
        "no {} recipe fits this task; --seed-kernel FILE starts from "
        "a kernel of yours",
        Join(campaign_.options().targets.Languages(), " or "));
  }

  void Fill(RunSummary& summary, StagesResult result) {
    campaign_.ledger().Fill(summary);
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
    return Fail(error.code,
                format("{}\n{} nodes are recorded in {}; --resume goes on from "
                       "there",
                       error.message, campaign_.archive().nodes().size(),
                       setup_.work_dir.root().string()));
  }

  RunSetup setup_;
  Thinkers thinkers_;
  BestFiles best_files_;
  RunRecorder recorder_;
  Observer& observer_;
  PendingSteps pending_;
  Campaign campaign_;
};

}  // namespace

Result<RunSummary> Optimize(const OptimizeOptions& options,
                            const ExecutorFactory& make_executor,
                            Observer& observer, const Clock& clock,
                            const StopCondition& stop) {
  ASSIGN_OR_RETURN(std::optional<Candidate> seed, CheckOptions(options, clock));
  ASSIGN_OR_RETURN(RunSetup setup,
                   options.resume ? ResumeRun(options, make_executor)
                                  : CreateRun(options, make_executor, clock));
  ASSIGN_OR_RETURN(const Spending earlier,
                   setup.store->FindSpending(std::nullopt));
  ASSIGN_OR_RETURN(
      Thinkers thinkers,
      MakeThinkers(setup.recorded, options,
                   {setup.executor.facts, earlier},
                   clock));
  if (options.resume) {
    ASSIGN_OR_RETURN(seed, PendingSeed(setup, options));
  }
  Run run(options, std::move(setup), std::move(thinkers), earlier, observer,
          clock);
  return run.Go(std::move(seed), stop);
}

}  // namespace kernelevolve
