#include "engine/campaign.h"

#include <algorithm>

#include "base/format.h"
#include "base/text.h"

namespace kernelevolve {
namespace {

constexpr double kTickSeconds = 0.2;
// So many failures of ours in a row, and nothing here works; where nothing ever
// has, so few.
constexpr int kMaxHarnessErrors = 10, kMaxFromTheStart = 3;

bool Interrupted(const Error& error) {
  return error.code == ErrorCode::kInterrupted;
}

Outcome OutcomeOf(const Node& node) {
  Outcome outcome;
  outcome.node = node.id;
  outcome.fitness = node.fitness;
  if (node.fitness > 0)
    outcome.fitness_error =
        (node.evaluation.speedup_ci[1] - node.evaluation.speedup_ci[0]) /
        (2 * node.fitness);
  outcome.code = node.evaluation.code;
  // A malformed declaration is the candidate's failure: nothing to tune.
  outcome.space = ParseTuneSpace(node.candidate.source).value_or(TuneSpace{});
  outcome.parameters = node.candidate.parameters;
  return outcome;
}

// "UNROLL 4 → 8"
std::string DescribeTuning(const ParameterValues& before,
                           const ParameterValues& after) {
  std::vector<std::string> changes;
  for (const auto& [name, value] : after) {
    const auto it = before.find(name);
    if (it != before.end() && it->second != value)
      changes.push_back(format("{} {} → {}", name, it->second, value));
  }
  return Join(changes, ", ");
}

}  // namespace

Campaign::Campaign(CampaignOptions options, const CampaignParts& parts)
    : options_(std::move(options)),
      parts_(parts),
      termination_(options_.limits),
      start_(parts.clock.Now()),
      ledger_(options_.limits, options_.earlier),
      order_(options_.order),
      last_tick_(start_),
      workbench_(parts.evaluator, options_.task, options_.targets,
                 options_.search_secret),
      runner_(options_.task, options_.targets, parts.proposer, parts.evaluator,
              options_.slots) {}

void Campaign::Restore(std::vector<Node> nodes) {
  ledger_.SetElapsed(0);
  for (Node& restored : nodes) {
    const Node& node = archive_.Add(std::move(restored));
    archive_.Claim(node.candidate.Id());
    parts_.proposer.Remember(node.candidate);
    Step step;
    step.kind = node.kind;
    step.language = node.candidate.language;
    step.parent = node.parents.empty() ? 0 : node.parents[0];
    step.draft_index = node.draft_index;
    Tell(node, step);
    ledger_.Count(node);
  }
}

void Campaign::AddSeed(Candidate candidate) {
  parts_.proposer.Remember(candidate);
  seed_ = std::move(candidate);
}

void Campaign::AddPending(std::vector<PendingStep> steps) {
  std::set<std::string> judged;
  for (const Node& node : archive_.nodes()) judged.insert(node.candidate.Id());
  for (PendingStep& step : steps) {
    kept_.insert(step.candidate.Id());
    const bool lost = step.parent > 0 && !archive_.Holds(step.parent);
    if (lost || judged.contains(step.candidate.Id())) continue;
    parts_.proposer.Remember(step.candidate);
    pending_.push_back(std::move(step));
  }
}

Result<TerminationReason> Campaign::Search(const StopCondition& stop) {
  Result<TerminationReason> reason = Loop(stop);
  // Whatever ended it, what was spent and what was made until then count.
  const Status booked = TakeStock();
  const Status kept = KeepPending();
  if (!reason) return reason;
  RETURN_IF_ERROR(booked);
  RETURN_IF_ERROR(kept);
  return reason;
}

Result<TerminationReason> Campaign::Loop(const StopCondition& stop) {
  while (true) {
    RETURN_IF_ERROR(Tick(static_cast<int>(in_flight_.size())));
    ledger_.progress().interrupted = stop.requested();
    if (!ending_) ending_ = termination_.Check(ledger_.progress());
    if (!ending_ && GivenUp())
      ending_ = {"waiting", parts_.deferred->GivenUp()};
    if (ending_)
      runner_.EndProposals();
    else
      FillSlots();
    RETURN_IF_ERROR(noted_);
    if (in_flight_.empty()) {
      if (ending_) return *ending_;
      if (!order_.over()) {
        order_.GiveUp();
        continue;
      }
      ledger_.progress().exhausted = true;
      continue;
    }
    RETURN_IF_ERROR(Await(static_cast<int>(in_flight_.size())));
    if (auto done = NextDone(stop))
      RETURN_IF_ERROR(Handle(std::move(*done)));
  }
}

bool Campaign::GivenUp() const {
  return parts_.deferred && !parts_.deferred->GivenUp().empty();
}

Status Campaign::Await(int in_flight) {
  if (!parts_.deferred) return {};
  // More than that cannot have begun.
  const int begun = std::min(in_flight, options_.slots);
  // If we die between the two, it is asked once more.
  RETURN_IF_ERROR(
      parts_.deferred->Turn(begun, [this] { return KeepPending(); }));
  for (const std::string& note : parts_.deferred->TakeNotes())
    parts_.observer.OnNote(note);
  return {};
}

bool Campaign::Keeps(const InFlight& work) const {
  if (work.step.kind == NodeKind::kSeed || work.candidate.source.empty())
    return false;
  // Elsewhere it may have been judged already; a model was paid for it.
  return parts_.deferred || !work.prompts.empty();
}

Status Campaign::LeaveUnjudged(InFlight work) {
  if (!parts_.pending || !Keeps(work))
    return parts_.recorder.RecordPrompts(work.prompts);
  unjudged_.push_back({work.step.kind, work.step.parent, work.step.draft_index,
                       std::move(work.candidate), std::move(work.origin),
                       std::move(work.description), std::move(work.prompts)});
  return {};
}

Status Campaign::KeepPending() {
  if (!parts_.pending) return {};
  std::vector<PendingStep> steps(pending_.begin(), pending_.end());
  steps.insert(steps.end(), unjudged_.begin(), unjudged_.end());
  for (const auto& [job, work] : in_flight_)
    if (Keeps(work))
      steps.push_back({work.step.kind, work.step.parent, work.step.draft_index,
                       work.candidate, work.origin, work.description,
                       work.prompts});
  std::set<std::string> ids;
  for (const PendingStep& step : steps) ids.insert(step.candidate.Id());
  if (ids == kept_) return {};
  kept_ = std::move(ids);
  return parts_.pending->Write(steps);
}

bool Campaign::PendingInFlight() const {
  return std::any_of(in_flight_.begin(), in_flight_.end(),
                     [](const auto& entry) { return entry.second.pending; });
}

void Campaign::BeginPending() {
  PendingStep next = std::move(pending_.front());
  pending_.pop_front();
  Step step;
  step.kind = next.kind;
  step.language = next.candidate.language;
  step.parent = next.parent;
  step.draft_index = next.draft_index;
  InFlight work{step,
                std::move(next.origin),
                std::move(next.description),
                std::move(next.candidate),
                std::move(next.prompts),
                true};
  BeginEvaluation(work);
}

int Campaign::NextDraft() const {
  int next = 0;
  for (const Node& node : archive_.nodes())
    if (node.kind == NodeKind::kDraft) next = std::max(next, node.draft_index + 1);
  return next;
}

Status Campaign::Adopt(Guest guest, Evaluation evaluation) {
  Step step;
  step.kind = guest.kind;
  step.language = guest.candidate.language;
  step.parent = guest.parent;
  if (step.kind == NodeKind::kDraft) step.draft_index = NextDraft();
  archive_.Claim(guest.candidate.Id());
  parts_.proposer.Remember(guest.candidate);
  return Insert({step, std::move(guest.origin), std::move(guest.description),
                 std::move(guest.candidate), {}, false},
                std::move(evaluation));
}

Status Campaign::TakeStock() {
  ledger_.AddJudging(workbench_.TakeTime());
  ledger_.SetElapsed(SecondsSince(parts_.clock, start_));
  Spending committed = ledger_.spending();
  if (const std::optional<ModelBook> book = parts_.proposer.Book()) {
    ledger_.SetSpending(book->spent);
    committed = book->committed();
  }
  return parts_.recorder.RecordUse(ledger_.elapsed(), committed,
                                   ledger_.judging());
}

Status Campaign::Tick(int in_flight) {
  RETURN_IF_ERROR(TakeStock());
  if (SecondsSince(parts_.clock, last_tick_) < kTickSeconds) return {};
  last_tick_ = parts_.clock.Now();
  parts_.observer.OnTick(ledger_.Snapshot(in_flight));
  return {};
}

bool Campaign::HasRoom() const {
  const auto begun = static_cast<int64_t>(in_flight_.size());
  if (begun >= options_.slots) return false;
  const int64_t limit = options_.limits.max_nodes;
  return limit == 0 || ledger_.progress().nodes + begun < limit;
}

std::optional<Step> Campaign::NextStep() {
  if (!seed_) return parts_.search.Ask();
  Step step;
  step.kind = NodeKind::kSeed;
  step.language = seed_->language;
  return step;
}

void Campaign::FillSlots() {
  while (FindPending()) BeginPending();
  // The search is to know of them before it goes on, as it would have.
  if (PendingInFlight()) return;
  while (MayAsk()) {
    const bool played = order_.begun() >= 0;
    const std::optional<Step> step = NextStep();
    if (!step) return;
    ++begun_;
    // The seed kernel has no ticket.
    if (!played || step->ticket == 0 || order_.Ends(step->ticket, ""))
      Begin(*step);
  }
}

void Campaign::Begin(const Step& step) {
  switch (step.kind) {
    case NodeKind::kSeed: {
      InFlight work{step, "seed " + seed_->label, "the kernel given",
                    std::move(*seed_), {}, false};
      seed_.reset();
      BeginEvaluation(work);
      return;
    }
    case NodeKind::kTune:
      return BeginTune(step);
    case NodeKind::kDraft:
    case NodeKind::kExpand:
      return BeginProposal(step);
  }
}

void Campaign::BeginTune(const Step& step) {
  const Node& parent = archive_[step.parent];
  InFlight work{step, parent.origin,
                DescribeTuning(parent.candidate.parameters, step.parameters),
                parent.candidate, {}, false};
  work.candidate.parameters = step.parameters;
  BeginEvaluation(work);
}

// Where the search has stalled, some children are made as if nothing had come
// before them, to leave a local optimum.
Memory Campaign::MemoryOf(const Step& step) const {
  constexpr int64_t kStalled = 12, kEvery = 3;
  const Progress& progress = ledger_.progress();
  const bool stalled = progress.nodes - progress.nodes_at_gain >= kStalled;
  return stalled && step.ticket % kEvery == 0 ? Memory::kNone : options_.memory;
}

ProposalRequest Campaign::RequestAt(NodeId parent,
                                    const std::string& language) const {
  ProposalRequest request;
  request.task = &options_.task;
  request.target = &options_.targets.For(
      parent > 0 ? archive_[parent].candidate.language : language);
  request.kind = parent > 0 ? NodeKind::kExpand : NodeKind::kDraft;
  request.memory = options_.memory;
  if (parent == 0) request.draft_index = NextDraft();
  if (parent > 0) {
    request.parent = &archive_[parent];
    request.ancestors = archive_.PathTo(parent);
    request.siblings = archive_.ChildrenOf(parent);
  }
  return request;
}

void Campaign::BeginProposal(const Step& step) {
  ProposalRequest request = RequestAt(step.parent, step.language);
  request.kind = step.kind;
  request.seed = step.seed;
  request.draft_index = step.draft_index;
  request.memory = MemoryOf(step);
  request.workbench = &workbench_;
  const int64_t job = next_job_++;
  in_flight_[job] = {step, "", "", {}, {}, false};
  runner_.Propose(job, std::move(request));
}

bool Campaign::BeginEvaluation(InFlight& work) {
  if (order_.Drops(work.step.ticket) ||
      !archive_.Claim(work.candidate.Id())) {
    if (work.step.ticket > 0) Abandon(work.step);
    return false;
  }
  const int64_t job = next_job_++;
  const auto it = in_flight_.emplace(job, std::move(work)).first;
  runner_.Evaluate(job, it->second.candidate, Stage::kSearch,
                   options_.search_secret);
  return true;
}

Status Campaign::Handle(StepDone done) {
  InFlight work = std::move(in_flight_.extract(done.job).mapped());
  if (auto* proposed = std::get_if<Proposed>(&done.outcome))
    return HandleProposed(std::move(work), std::move(*proposed));
  return HandleEvaluated(std::move(work),
                         std::move(std::get<Evaluated>(done.outcome)));
}

Status Campaign::HandleProposed(InFlight work, Proposed proposed) {
  if (!proposed)
    return Interrupted(proposed.error()) ? Status() : Fail(proposed.error());
  if (!*proposed) {
    ledger_.progress().out_of_budget = parts_.proposer.OutOfBudget();
    Abandon(work.step);
    return {};
  }
  Proposal& proposal = **proposed;
  work.prompts = std::move(proposal.prompts);
  if (proposal.trouble) {
    RETURN_IF_ERROR(parts_.recorder.RecordPrompts(work.prompts));
    return Interrupted(*proposal.trouble) ? Status() : Fail(*proposal.trouble);
  }
  work.candidate = std::move(proposal.candidate);
  work.origin = std::move(proposal.origin);
  work.description = std::move(proposal.description);
  // No budget to judge it.
  if (ending_)
    return proposal.failed ? parts_.recorder.RecordPrompts(work.prompts)
                           : LeaveUnjudged(std::move(work));
  if (proposal.failed)
    return Insert(std::move(work), std::move(*proposal.failed));
  if (!BeginEvaluation(work))
    return parts_.recorder.RecordPrompts(work.prompts);
  // Elsewhere they are kept when they are sent.
  return parts_.deferred ? Status() : KeepPending();
}

Status Campaign::HandleEvaluated(InFlight work, Evaluated evaluated) {
  if (!evaluated) {
    RETURN_IF_ERROR(LeaveUnjudged(std::move(work)));
    return Interrupted(evaluated.error()) ? Status() : Fail(evaluated.error());
  }
  judged_ = true;
  return Insert(std::move(work), std::move(*evaluated));
}

Status Campaign::Insert(InFlight work, Evaluation evaluation) {
  const Step step = work.step;
  Node made;
  made.id = archive_.next_id();
  if (step.parent > 0) made.parents = {step.parent};
  made.kind = step.kind;
  made.draft_index = step.draft_index;
  made.candidate = std::move(work.candidate);
  made.origin = std::move(work.origin);
  made.description = std::move(work.description);
  made.evaluation = std::move(evaluation);
  if (made.evaluation.accepted()) made.fitness = made.evaluation.speedup;
  made.created_wall_s = parts_.clock.WallSeconds();
  NoteEnd(step, made.id, made.candidate.Id());
  RETURN_IF_ERROR(noted_);
  RETURN_IF_ERROR(
      parts_.recorder.RecordNode(made, work.prompts));  // the checkpoint
  const Node& node = archive_.Add(std::move(made));
  ledger_.AddJudging(node.evaluation);
  RETURN_IF_ERROR(TakeStock());
  const bool leads = ledger_.Count(node);
  Tell(node, step);
  if (!work.prompts.empty())
    parts_.proposer.OnJudged(
        node, step.parent > 0 ? &archive_[step.parent] : nullptr, work.prompts);
  const int in_flight = static_cast<int>(in_flight_.size());
  parts_.observer.OnNode(node, ledger_.Snapshot(in_flight));
  if (leads) {
    RETURN_IF_ERROR(parts_.recorder.RecordBest(&node, &node.evaluation));
    parts_.observer.OnBest(node, ledger_.Snapshot(in_flight));
  }
  return CheckHarness(node.evaluation);
}

void Campaign::Tell(const Node& node, const Step& step) {
  parts_.search.Tell(step, OutcomeOf(node));
}

Status Campaign::CheckHarness(const Evaluation& evaluation) {
  if (evaluation.status != VerdictStatus::kHarnessError) {
    harness_errors_ = 0;
    return {};
  }
  const bool model = evaluation.code == Code::kModelLost;
  const int most = model && !judged_ ? kMaxFromTheStart : kMaxHarnessErrors;
  if (++harness_errors_ < most) return {};
  if (model)
    return Broken(format("no kernel came from the model {} times in a row: {}",
                         harness_errors_, evaluation.message));
  return Broken(format("the last {} evaluations failed on our side ({}): {}",
                       harness_errors_, CodeName(evaluation.code),
                       evaluation.message));
}

}  // namespace kernelevolve
