#include "engine/run_recorder.h"

#include <set>
#include <utility>

namespace kernelevolve {

// What a SIGKILL may take from the recorded use of the time budget.
static constexpr double kSecondsBetweenNotes = 5;

EvaluationKey RunRecorder::KeyOf(const Candidate& candidate,
                                 Stage stage) const {
  EvaluationKey key = key_;
  key.candidate_id = candidate.Id();
  key.target = targets_.For(candidate.language).Name();
  key.stage = stage;
  if (!judge_) return key;
  const JudgingMachine machine = judge_->MachineOf(key.candidate_id, stage);
  key.device = machine.device;
  key.toolchain = machine.toolchain;
  return key;
}

Status RunRecorder::RecordNode(const Node& node,
                               const std::vector<PromptRecord>& prompts) {
  return store_.RecordNode(node, KeyOf(node.candidate, Stage::kSearch),
                           prompts);
}

Status RunRecorder::RecordPrompts(const std::vector<PromptRecord>& prompts) {
  return prompts.empty() ? Status() : store_.RecordPrompts(prompts);
}

Status RunRecorder::RecordStage(const Node& node,
                                const Evaluation& evaluation) {
  return store_.RecordEvaluation(
      node.id, KeyOf(node.candidate, evaluation.stage), evaluation);
}

Status RunRecorder::RecordBest(const Node* node, const Evaluation* evaluation) {
  run_.best = node ? node->id : 0;
  RETURN_IF_ERROR(store_.RecordRun(run_));
  if (!best_files_) return {};
  if (!node) return best_files_->Remove();
  if (describe_) machine_ = std::exchange(describe_, nullptr)();
  const EvaluationKey key = KeyOf(node->candidate, evaluation->stage);
  machine_.device = key.device;
  machine_.toolchain = key.toolchain;
  return best_files_->Write(*node, *evaluation, machine_);
}

Status RunRecorder::RecordUse(double seconds, const Spending& spending,
                              const JudgeTime& judging) {
  // With the next line, whoever writes it.
  run_.judging = judging;
  const bool spent = spending != run_.spending;
  run_.spending = spending;
  if (!spent && seconds < run_.seconds_used + kSecondsBetweenNotes) return {};
  run_.seconds_used = seconds;
  return store_.RecordRun(run_);
}

Status RunRecorder::Finish(const std::string& state, const std::string& reason,
                           double seconds) {
  run_.state = state;
  run_.reason = reason;
  run_.seconds_used = seconds;
  return store_.RecordRun(run_);
}

Result<StageHistory> ReadStageHistory(Store& store) {
  std::set<NodeId> nodes;
  constexpr int kPage = 1000;
  for (int64_t after = 0;;) {
    ASSIGN_OR_RETURN(const std::vector<EventRecord> events,
                     store.FindEvents(after, kPage));
    if (events.empty()) break;
    for (const EventRecord& event : events)
      if (event.kind == "evaluation") nodes.insert(event.node);
    after = events.back().step;
  }
  StageHistory history;
  for (const NodeId node : nodes) {
    ASSIGN_OR_RETURN(const std::vector<Evaluation> evaluations,
                     store.FindEvaluations(node));
    for (const Evaluation& evaluation : evaluations)
      if (evaluation.stage != Stage::kSearch)
        history[node].push_back(evaluation);
  }
  return history;
}

const Evaluation* LatestOf(const StageHistory& history, NodeId node,
                           Stage stage) {
  const auto it = history.find(node);
  if (it == history.end()) return nullptr;
  for (auto evaluation = it->second.rbegin(); evaluation != it->second.rend();
       ++evaluation)
    if (evaluation->stage == stage) return &*evaluation;
  return nullptr;
}

int FinalsSpent(const StageHistory& history) {
  int spent = 0;
  for (const auto& [node, evaluations] : history)
    for (const Evaluation& evaluation : evaluations)
      spent += evaluation.stage == Stage::kFinal;
  return spent;
}

}  // namespace kernelevolve
