// AgentRun: a run whose kernels come from outside, one call at a time: a coding
// agent takes the place of policy and proposer. The run's folder, graph, store
// and stages are those of Optimize, which may go on with it, and the other way
// round.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <shared_mutex>
#include <string>

#include "engine/campaign.h"
#include "engine/run_setup.h"
#include "engine/workbench.h"

namespace kernelevolve {

struct Submission {
  NodeId parent = 0;  // 0: made from nothing that is in the run
  Candidate candidate;
  std::string origin, description;
};

// Thread-safe. Two calls may judge at once; what is written is written one after
// the other. The destructor closes the run; no call may be in progress.
class AgentRun {
 public:
  // Makes the folder, or goes on with the run in it. The budget in `options` is
  // for a later Optimize; here the agent ends the run.
  static Result<std::unique_ptr<AgentRun>> Open(
      OptimizeOptions options, const ExecutorFactory& make_executor,
      const Clock& clock);
  ~AgentRun();

  const std::string& name() const { return setup_.record.id; }
  const fs::path& folder() const { return setup_.work_dir.root(); }
  const std::string& task_words() const { return setup_.recorded.task; }
  const Task& task() const { return options_.task; }
  const TargetSet& targets() const { return options_.targets; }
  const Executor& executor() const { return setup_.executor; }
  bool resumed() const { return options_.resume; }
  int64_t nodes() const;

  // kBadInput where the run has no such node.
  Result<Node> FindNode(NodeId id) const;
  // What a proposer is told of: a node, or a draft in one of the languages.
  struct Place {
    NodeId parent = 0;  // 0: a draft
    std::string language;  // of a draft; "": the first
    Memory memory = Memory::kBoth;
  };
  // Hands over what it would be told there, for as long as the call takes.
  Status Visit(const Place& place,
               const std::function<void(const ProposalRequest&)>& use) const;
  // What it judges is charged to the run, but is no node.
  Workbench& workbench() { return workbench_; }
  // Judges a kernel and makes it a node, accepted or not. kBadInput: no such
  // parent, one of another language, or the run has had this kernel before, as
  // the message says.
  Result<Node> Submit(Submission submission, const StopCondition& stop);
  // Confirm and final stages, as at the end of a search. kBadInput where nothing
  // has been accepted yet.
  Status Finalize(const StopCondition& stop);

 private:
  AgentRun(OptimizeOptions options, RunSetup setup, const Clock& clock);

  Status Start(std::vector<Node> nodes);
  Status Begin(const Submission& submission);
  Status CheckParent(NodeId parent) const;
  Status CheckLanguage(const Submission& submission) const;
  Status Insert(Submission submission, Evaluation evaluation);
  Result<Evaluation> Judge(const Candidate& candidate,
                           const StopCondition& stop);
  Status RunStages(const StopCondition& stop);

  const OptimizeOptions options_;
  RunSetup setup_;
  const Clock& clock_;
  BestFiles best_files_;
  RunRecorder recorder_;
  Observer observer_;
  const std::unique_ptr<Proposer> proposer_;  // proposes nothing
  EvaluatorWorkbench workbench_;

  // Whoever holds it stands for the campaign's thread: ledger, recorder, search.
  // Taken before graph_.
  std::mutex books_;
  // Of the archive, known_ and judging_, which are written with both held.
  mutable std::shared_mutex graph_;
  std::unique_ptr<Search> search_;
  std::unique_ptr<Campaign> campaign_;
  std::map<std::string, NodeId> known_;  // by candidate
  std::set<std::string> judging_;        // candidates on their way
};

}  // namespace kernelevolve
