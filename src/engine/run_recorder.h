// RunRecorder: what a campaign writes down, when: nodes and evaluations as they
// come, the run's own line when its best or its state changes.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/best_files.h"
#include "eval/deferred_evaluator.h"
#include "store/store.h"

namespace kernelevolve {

// Owned by the campaign's thread.
class RunRecorder {
 public:
  // `key` names task, toolchain and device, `targets` the target of each
  // candidate. `best_files` may be null.
  RunRecorder(Store& store, RunRecord run, EvaluationKey key,
              TargetSet targets, const BestFiles* best_files)
      : store_(store),
        run_(std::move(run)),
        key_(std::move(key)),
        targets_(std::move(targets)),
        best_files_(best_files) {}

  const RunRecord& run() const { return run_; }
  // Device and toolchain of each evaluation are what this one says of it; null:
  // those of the key. Outlives the recorder.
  void SetJudge(const DeferredEvaluator* judge) { judge_ = judge; }
  // Asked once, when there is a best; null: device and toolchain are all that its
  // result says of the machine.
  void SetMachine(std::function<MachineRecord()> describe) {
    describe_ = std::move(describe);
  }
  // Written with the run's next line.
  void SetOptions(std::string text) { run_.options_json = std::move(text); }

  // With the calls of a model that made it.
  Status RecordNode(const Node& node,
                    const std::vector<PromptRecord>& prompts = {});
  // Calls that led to no node.
  Status RecordPrompts(const std::vector<PromptRecord>& prompts);
  Status RecordStage(const Node& node, const Evaluation& evaluation);
  // `node` leads, as `evaluation` says; null: nothing does any more.
  Status RecordBest(const Node* node, const Evaluation* evaluation);
  // Called often; writes now and then, and whenever a model was asked or has
  // answered.
  Status RecordUse(double seconds, const Spending& spending,
                   const JudgeTime& judging);
  Status Finish(const std::string& state, const std::string& reason,
                double seconds);

 private:
  EvaluationKey KeyOf(const Candidate& candidate, Stage stage) const;

  Store& store_;
  RunRecord run_;
  const EvaluationKey key_;
  const TargetSet targets_;
  const BestFiles* const best_files_;
  const DeferredEvaluator* judge_ = nullptr;
  std::function<MachineRecord()> describe_;  // null once asked
  MachineRecord machine_;
};

// Confirm and final evaluations of a run, in order, by node.
using StageHistory = std::map<NodeId, std::vector<Evaluation>>;
Result<StageHistory> ReadStageHistory(Store& store);

// The latest evaluation of a stage, or null.
const Evaluation* LatestOf(const StageHistory& history, NodeId node,
                           Stage stage);
int FinalsSpent(const StageHistory& history);

}  // namespace kernelevolve
