#include "engine/agent_run.h"

#include "base/format.h"
#include "base/text.h"
#include "engine/final_stages.h"
#include "search/language_mix.h"
#include "store/open_store.h"

namespace kernelevolve {
namespace {

constexpr const char* kRunning = "running";

// The campaign's proposer: its kernels come from elsewhere.
class NoProposer : public Proposer {
 public:
  Result<std::optional<Proposal>> Propose(const ProposalRequest&,
                                          const StopCondition&) override {
    return std::nullopt;
  }
};

EvaluationKey KeyOf(const RunSetup& setup) {
  return {.task_digest = setup.record.task_digest,
          .toolchain = setup.executor.toolchain,
          .device = setup.executor.device};
}

std::string VerdictText(const Node& node) {
  const Evaluation& evaluation = node.evaluation;
  if (evaluation.accepted())
    return format("{:.3g}x in the search stage", node.fitness);
  return format("{} {}", StatusName(evaluation.status),
                CodeName(evaluation.code));
}

}  // namespace

Result<std::unique_ptr<AgentRun>> AgentRun::Open(
    OptimizeOptions options, const ExecutorFactory& make_executor,
    const Clock& clock) {
  options.resume = HoldsRun(options.run_folder);
  if (options.resume) options.budget = {};  // the recorded one stays
  ASSIGN_OR_RETURN(RunSetup setup,
                   options.resume ? ResumeRun(options, make_executor)
                                  : CreateRun(options, make_executor, clock));
  std::unique_ptr<AgentRun> run(
      new AgentRun(std::move(options), std::move(setup), clock));
  RETURN_IF_ERROR(run->Start(std::move(run->setup_.nodes)));
  return run;
}

AgentRun::AgentRun(OptimizeOptions options, RunSetup setup, const Clock& clock)
    : options_(std::move(options)),
      setup_(std::move(setup)),
      clock_(clock),
      best_files_(setup_.work_dir, options_.targets,
                  MakeJudgedTask(options_.task, setup_.recorded.task)),
      recorder_(*setup_.store, setup_.record, KeyOf(setup_), options_.targets,
                &best_files_),
      proposer_(std::make_unique<NoProposer>()),
      workbench_(*setup_.executor.evaluator, options_.task, options_.targets,
                 setup_.record.search_secret) {
  recorder_.SetMachine(setup_.executor.describe);
}

AgentRun::~AgentRun() {
  if (!campaign_) return;
  // An interrupted run is one to go on with. That this cannot be written shows
  // as a killed run.
  (void)campaign_->Tick(0);
  if (recorder_.run().state == kRunning)
    (void)recorder_.Finish("interrupted", "closed by the agent",
                           campaign_->ledger().elapsed());
}

// Anew from what is recorded: at the beginning, and where stages broke off and
// left the campaign stopped.
Status AgentRun::Start(std::vector<Node> nodes) {
  ASSIGN_OR_RETURN(search_, MakeSearch({.policy = setup_.recorded.policy,
                                        .drafts = setup_.recorded.drafts,
                                        .seed = setup_.recorded.seed},
                                       options_.targets.Languages()));
  CampaignOptions campaign{options_.task, options_.targets,
                           setup_.record.search_secret, options_.jobs};
  const RunRecord& record = recorder_.run();
  campaign.earlier = {record.seconds_used, record.spending, record.judging};
  campaign.memory = setup_.recorded.author.memory;
  campaign_ = std::make_unique<Campaign>(
      std::move(campaign),
      CampaignParts{*proposer_, *setup_.executor.evaluator, *search_, recorder_,
                    observer_, clock_});
  campaign_->Restore(std::move(nodes));
  for (const Node& node : campaign_->archive().nodes())
    known_.emplace(node.candidate.Id(), node.id);
  return {};
}

int64_t AgentRun::nodes() const {
  const std::shared_lock lock(graph_);
  return static_cast<int64_t>(campaign_->archive().nodes().size());
}

Status AgentRun::CheckParent(NodeId parent) const {
  const NodeArchive& archive = campaign_->archive();
  if (parent == 0 || archive.Holds(parent)) return {};
  return BadInput(archive.nodes().empty()
                      ? format("{} has no nodes yet", name())
                      : format("{} has no node {}; its nodes are 1 to {}",
                               name(), parent, archive.nodes().size()));
}

Result<Node> AgentRun::FindNode(NodeId id) const {
  const std::shared_lock lock(graph_);
  RETURN_IF_ERROR(CheckParent(id));
  if (id == 0) return BadInput("nodes count from 1");
  return campaign_->archive()[id];
}

Status AgentRun::Visit(
    const Place& place,
    const std::function<void(const ProposalRequest&)>& use) const {
  const std::shared_lock lock(graph_);
  RETURN_IF_ERROR(CheckParent(place.parent));
  ProposalRequest request =
      campaign_->RequestAt(place.parent, place.language);
  request.memory = place.memory;
  use(request);
  return {};
}

// Each language has a search of its own, which knows its own nodes.
Status AgentRun::CheckLanguage(const Submission& submission) const {
  if (submission.parent == 0) return {};
  const std::string& before =
      campaign_->archive()[submission.parent].candidate.language;
  const std::string& now = submission.candidate.language;
  if (before == now) return {};
  return BadInput(format("node {} is a kernel in {}, this is one in {}: submit "
                         "it without a parent",
                         submission.parent, before, now));
}

Status AgentRun::Begin(const Submission& submission) {
  const std::string id = submission.candidate.Id();
  const std::lock_guard lock(graph_);
  RETURN_IF_ERROR(CheckParent(submission.parent));
  RETURN_IF_ERROR(CheckLanguage(submission));
  if (const auto it = known_.find(id); it != known_.end())
    return BadInput(
        format("this kernel, with these parameters, is node {} already: {}",
               it->second, VerdictText(campaign_->archive()[it->second])));
  if (!judging_.insert(id).second)
    return BadInput("this kernel is being judged already");
  return {};
}

Result<Evaluation> AgentRun::Judge(const Candidate& candidate,
                                   const StopCondition& stop) {
  EvaluationRequest request;
  request.task = options_.task;
  request.target = options_.targets.For(candidate.language);
  request.candidate = candidate;
  request.stage = Stage::kSearch;
  request.secret = setup_.record.search_secret;
  return setup_.executor.evaluator->Evaluate(request, stop);
}

Status AgentRun::Insert(Submission submission, Evaluation evaluation) {
  const std::lock_guard books(books_);
  const std::lock_guard graph(graph_);
  if (recorder_.run().state != kRunning)
    RETURN_IF_ERROR(
        recorder_.Finish(kRunning, "", campaign_->ledger().elapsed()));
  RETURN_IF_ERROR(campaign_->Tick(0));
  Guest guest;
  guest.parent = submission.parent;
  guest.origin = std::move(submission.origin);
  guest.description = std::move(submission.description);
  guest.candidate = std::move(submission.candidate);
  if (guest.parent > 0) {
    const Node& parent = campaign_->archive()[guest.parent];
    guest.kind = parent.candidate.source == guest.candidate.source
                     ? NodeKind::kTune
                     : NodeKind::kExpand;
  }
  campaign_->ledger().AddJudging(workbench_.TakeTime());
  const std::string id = guest.candidate.Id();
  const NodeId node = campaign_->archive().next_id();
  const Status adopted =
      campaign_->Adopt(std::move(guest), std::move(evaluation));
  if (campaign_->archive().Holds(node)) known_.emplace(id, node);
  return adopted;
}

Result<Node> AgentRun::Submit(Submission submission,
                              const StopCondition& stop) {
  RETURN_IF_ERROR(Begin(submission));
  const std::string id = submission.candidate.Id();
  Result<Evaluation> evaluation = Judge(submission.candidate, stop);
  const Status inserted =
      evaluation ? Insert(std::move(submission), *std::move(evaluation))
                 : Status(Fail(evaluation.error()));
  const std::lock_guard lock(graph_);
  judging_.erase(id);
  RETURN_IF_ERROR(inserted);
  return campaign_->archive()[known_.at(id)];
}

Status AgentRun::RunStages(const StopCondition& stop) {
  ASSIGN_OR_RETURN(StageHistory history, ReadStageHistory(*setup_.store));
  FinalStages stages(*campaign_, std::move(history));
  RETURN_IF_ERROR(stages.Run(stop));
  campaign_->ledger().SetPhase(RunPhase::kSearch, 0);
  if (stop.requested()) return Fail(ErrorCode::kInterrupted, "interrupted");
  return {};
}

Status AgentRun::Finalize(const StopCondition& stop) {
  const std::lock_guard books(books_);
  if (campaign_->ledger().accepted() == 0)
    return BadInput(format("{}: no kernel has been accepted yet, so there is "
                           "nothing to measure again", name()));
  const Status done = RunStages(stop);
  RETURN_IF_ERROR(campaign_->Tick(0));
  if (done)
    return recorder_.Finish("done", "final stage at the agent's request",
                            campaign_->ledger().elapsed());
  // Its jobs were told to stop and would be for ever.
  const std::lock_guard graph(graph_);
  ASSIGN_OR_RETURN(std::vector<Node> nodes, setup_.store->FindNodes());
  campaign_.reset();
  RETURN_IF_ERROR(Start(std::move(nodes)));
  return done;
}

}  // namespace kernelevolve
