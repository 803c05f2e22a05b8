#include "store/memory_store.h"

#include <algorithm>
#include <map>

#include "base/check.h"
#include "base/format.h"
#include "store/event_detail.h"

namespace kernelevolve {
namespace {

bool SameKey(const EvaluationKey& a, const EvaluationKey& b) {
  return a.candidate_id == b.candidate_id && a.task_digest == b.task_digest &&
         a.target == b.target && a.toolchain == b.toolchain &&
         a.device == b.device && a.stage == b.stage;
}

NodeOutline OutlineOf(const Node& node) {
  return {node.id,
          node.parents.empty() ? 0 : node.parents.front(),
          node.kind,
          node.evaluation.status,
          node.evaluation.code,
          node.fitness,
          node.created_wall_s,
          node.candidate.Id(),
          node.candidate.label,
          node.description};
}

class MemoryStore : public Store {
 public:
  Status RecordRun(
      const RunRecord& run,
      const std::map<std::string, std::string>& task_files) override {
    const bool changed = !run_ || RunEventJson(*run_) != RunEventJson(run) ||
                         run_->best != run.best;
    run_ = run;
    for (const auto& [path, contents] : task_files)
      task_files_[path] = contents;
    if (changed) AddEvent("run", run.best, RunEventJson(run));
    return {};
  }
  Result<std::optional<RunRecord>> FindRun() override { return run_; }

  Result<std::vector<std::pair<std::string, std::string>>> FindTaskFiles()
      override {
    return std::vector<std::pair<std::string, std::string>>(task_files_.begin(),
                                                            task_files_.end());
  }

  Status RecordNode(const Node& node, const EvaluationKey& key,
                    const std::vector<PromptRecord>& prompts) override {
    CHECK(node.id > 0);
    if (const auto found = nodes_.find(node.id); found != nodes_.end()) {
      if (found->second.candidate.Id() == node.candidate.Id()) return {};
      return Broken(
          format("node {} is recorded with another candidate", node.id));
    }
    nodes_[node.id] = node;
    evaluations_.push_back({node.id, key, node.evaluation});
    AddEvent("node", node.id, "{}");
    for (const PromptRecord& prompt : prompts)
      prompts_.push_back({node.id, prompt});
    return {};
  }

  Status RecordPrompts(const std::vector<PromptRecord>& prompts) override {
    for (const PromptRecord& prompt : prompts) prompts_.push_back({0, prompt});
    return {};
  }
  Result<std::vector<PromptRecord>> FindPrompts(NodeId node) override {
    std::vector<PromptRecord> found;
    for (const auto& [owner, prompt] : prompts_)
      if (owner == node) found.push_back(prompt);
    return found;
  }
  Result<Spending> FindSpending(NodeId node) override {
    Spending spending;
    for (const auto& [owner, prompt] : prompts_)
      if (owner == node) spending.Add(prompt);
    return spending;
  }

  Status VisitNodes(NodeId after,
                    const std::function<bool(const Node&)>& visit) override {
    for (auto it = nodes_.upper_bound(after); it != nodes_.end(); ++it)
      if (!visit(it->second)) break;
    return {};
  }
  Status VisitOutlines(
      NodeId after,
      const std::function<bool(const NodeOutline&)>& visit) override {
    return VisitNodes(after,
                      [&](const Node& node) { return visit(OutlineOf(node)); });
  }
  Result<std::optional<Node>> FindNode(NodeId id) override {
    const auto found = nodes_.find(id);
    if (found == nodes_.end()) return std::nullopt;
    return found->second;
  }

  Status RecordEvaluation(NodeId node, const EvaluationKey& key,
                          const Evaluation& evaluation) override {
    if (!nodes_.contains(node))
      return Broken(format("there is no node {} to evaluate", node));
    evaluations_.push_back({node, key, evaluation});
    AddEvent("evaluation", node, EvaluationEventJson(key, evaluation));
    return {};
  }
  Result<std::vector<Evaluation>> FindEvaluations(NodeId node) override {
    std::vector<Evaluation> found;
    for (const Evaluated& row : evaluations_)
      if (row.node == node) found.push_back(row.evaluation);
    return found;
  }
  Result<std::optional<Evaluation>> FindByKey(
      const EvaluationKey& key) override {
    for (auto row = evaluations_.rbegin(); row != evaluations_.rend(); ++row) {
      const VerdictStatus status = row->evaluation.status;
      const bool decided =
          status == VerdictStatus::kAccept || status == VerdictStatus::kReject;
      if (decided && SameKey(row->key, key)) return row->evaluation;
    }
    return std::nullopt;
  }

  Status RecordEvent(const std::string& kind,
                     const std::string& detail_json) override {
    AddEvent(kind, 0, detail_json);
    return {};
  }
  Result<std::vector<EventRecord>> FindEvents(int64_t after,
                                              int limit) override {
    const auto size = static_cast<int64_t>(events_.size());
    const int64_t first = std::clamp<int64_t>(after, 0, size);
    const int64_t last = std::min<int64_t>(size, first + limit);
    return std::vector<EventRecord>(events_.begin() + first,
                                    events_.begin() + last);
  }

 private:
  struct Evaluated {
    NodeId node;
    EvaluationKey key;
    Evaluation evaluation;
  };

  void AddEvent(const std::string& kind, NodeId node,
                const std::string& detail_json) {
    const auto step = static_cast<int64_t>(events_.size()) + 1;
    events_.push_back({step, kind, node, detail_json});
  }

  std::optional<RunRecord> run_;
  std::map<std::string, std::string> task_files_;
  std::map<NodeId, Node> nodes_;
  std::vector<Evaluated> evaluations_;  // in order of recording
  std::vector<EventRecord> events_;
  std::vector<std::pair<NodeId, PromptRecord>> prompts_;
};

}  // namespace

std::unique_ptr<Store> MakeMemoryStore() {
  return std::make_unique<MemoryStore>();
}

}  // namespace kernelevolve
