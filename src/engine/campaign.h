// Campaign: the loop of one search. Fill free slots, wait for one result,
// record, observe, notify, check stop.
//
// Tree, search and store belong to the thread that calls Search; pool threads
// only call Propose and Evaluate. So nothing here needs a lock.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/stop.h"
#include "core/target_set.h"
#include "core/task.h"
#include "engine/node_archive.h"
#include "engine/observer.h"
#include "engine/pending_steps.h"
#include "engine/run_ledger.h"
#include "engine/run_recorder.h"
#include "engine/step_order.h"
#include "engine/step_runner.h"
#include "engine/workbench.h"
#include "eval/deferred_evaluator.h"
#include "propose/proposer.h"
#include "search/search.h"
#include "search/termination.h"

namespace kernelevolve {

// What a campaign works with; all outlive it.
struct CampaignParts {
  Proposer& proposer;
  Evaluator& evaluator;
  kernelevolve::Search& search;
  RunRecorder& recorder;
  Observer& observer;
  const Clock& clock;
  // For an evaluator whose answers may come after this process.
  DeferredEvaluator* deferred = nullptr;
  // Where kernels are kept that were made and not judged; null: they are lost.
  PendingSteps* pending = nullptr;
  // Where the order of the steps is kept; null: nowhere.
  RecordingWriter* recording = nullptr;
};

struct CampaignOptions {
  Task task;
  TargetSet targets;
  std::string search_secret;  // root of the search stage's input seeds
  int slots = 1;              // steps in flight
  TerminationOptions limits;
  EarlierParts earlier;
  Memory memory = Memory::kBoth;
  StepOrder order;  // of the run that is played
};

// A kernel that somebody outside of the loop has made: an agent that drives the
// run by itself.
struct Guest {
  NodeKind kind = NodeKind::kDraft;
  NodeId parent = 0;
  Candidate candidate;
  std::string origin, description;
};

class Campaign {
 public:
  Campaign(CampaignOptions options, const CampaignParts& parts);

  // Nodes of an earlier process, in order of id; before Search.
  void Restore(std::vector<Node> nodes);
  // The user's own kernel becomes the first node; before Search.
  void AddSeed(Candidate candidate);

  // Those that an earlier process left unjudged; after Restore and before Search,
  // which asks for nothing new until they are judged.
  void AddPending(std::vector<PendingStep> steps);

  // Until a rule ends it; then models are not waited for. Errors: the store or the judge failed for good; what
  // was recorded stays, and the run can be resumed.
  Result<TerminationReason> Search(const StopCondition& stop);

  // It becomes a node with this verdict of the search stage, like one of the
  // search's own. Not while Search runs.
  Status Adopt(Guest guest, Evaluation evaluation);
  // The place of a node, or of a draft in some language ("": the first), as a
  // proposer is told of it.
  ProposalRequest RequestAt(NodeId parent,
                            const std::string& language = "") const;

  const CampaignOptions& options() const { return options_; }
  const CampaignParts& parts() const { return parts_; }
  const NodeArchive& archive() const { return archive_; }
  RunLedger& ledger() { return ledger_; }
  StepRunner& runner() { return runner_; }
  Workbench& workbench() { return workbench_; }
  // For evaluations that come from elsewhere, with so many of the runner's jobs
  // on their way: to be called before each wait for one of them.
  Status Await(int in_flight);
  // Whether this process is to end without them.
  bool GivenUp() const;
  // Reads the clock, and tells the observer now and then.
  Status Tick(int in_flight);

 private:
  struct InFlight {
    Step step;
    std::string origin, description;
    Candidate candidate;  // empty while it is being proposed
    std::vector<PromptRecord> prompts;  // that made it
    bool pending = false;               // left by an earlier process
  };

  Result<TerminationReason> Loop(const StopCondition& stop);

  std::optional<Step> NextStep();
  // Brings it to the front.
  bool FindPending();
  void BeginPending();
  bool PendingInFlight() const;
  // Whether its kernel is worth more than making it anew.
  bool Keeps(const InFlight& work) const;
  // It ends here, and is not judged.
  Status LeaveUnjudged(InFlight work);
  // Writes the file of pending steps, if it is another than last time.
  Status KeepPending();
  // Takes the books of models and workbench over, and writes them.
  Status TakeStock();
  bool HasRoom() const;
  bool MayAsk() const;
  int NextDraft() const;
  void FillSlots();
  void Begin(const Step& step);
  void BeginTune(const Step& step);
  void BeginProposal(const Step& step);
  // The search is told that nothing came of it.
  void Abandon(const Step& step);
  // Writes the order of the steps, and follows that of the run that is played.
  void NoteEnd(const Step& step, NodeId node, const std::string& candidate);
  // The next finished job in that order; nullopt after a moment.
  std::optional<StepDone> NextDone(const StopCondition& stop);
  bool IsTurn(const StepDone& done) const;
  // Evaluates, unless the run has had this candidate before: then false.
  bool BeginEvaluation(InFlight& work);
  Memory MemoryOf(const Step& step) const;
  Status Handle(StepDone done);
  Status HandleProposed(InFlight work, Proposed proposed);
  Status HandleEvaluated(InFlight work, Evaluated evaluated);
  Status Insert(InFlight work, Evaluation evaluation);
  Status CheckHarness(const Evaluation& evaluation);
  void Tell(const Node& node, const Step& step);

  const CampaignOptions options_;
  const CampaignParts parts_;
  const Termination termination_;
  const Clock::TimePoint start_;
  NodeArchive archive_;
  RunLedger ledger_;
  std::optional<Candidate> seed_;
  std::deque<PendingStep> pending_;  // not begun again yet
  std::vector<PendingStep> unjudged_;
  std::set<std::string> kept_;       // ids in the file of pending steps
  std::map<int64_t, InFlight> in_flight_;  // by job
  int64_t next_job_ = 1;
  StepOrder order_;                    // still to come
  std::map<int64_t, StepDone> early_;  // done before their turn, by job
  int64_t begun_ = 0;                  // steps that the search was asked for
  Status noted_;                       // whether the order could be written
  int harness_errors_ = 0;  // in a row
  bool judged_ = false;     // anything of this process, whatever came of it
  std::optional<TerminationReason> ending_;
  Clock::TimePoint last_tick_;
  EvaluatorWorkbench workbench_;
  StepRunner runner_;  // last: its threads read archive and options
};

}  // namespace kernelevolve
