// Store: domain verbs over the archive of runs. The only folder with SQL.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/node.h"
#include "core/prompt_record.h"

namespace kernelevolve {

struct RunRecord {
  std::string id;  // the run folder's name
  std::string task_name, task_digest, operator_family;
  std::string target;
  std::string options_json;   // what `optimize` was given, for --resume
  std::string search_secret;  // never leaves the store but for the worker
  // "running", "done", "interrupted", "failed"; read from a store that nobody
  // writes, what is recorded as running is "killed".
  std::string state;
  std::string reason;         // why it ended
  NodeId best = 0;
  double created_wall_s = 0, seconds_used = 0;
  // Over all processes of the run. Calls of a model that were under way when this
  // was written count at their worst.
  Spending spending;
  JudgeTime judging;
};

// What makes an evaluation reusable.
struct EvaluationKey {
  std::string candidate_id, task_digest, target, toolchain, device;
  Stage stage = Stage::kSearch;
};

// One line of the change log. Steps count 1, 2, … within a run.
struct EventRecord {
  int64_t step = 0;
  std::string
      kind;         // "run", "node", "evaluation", or what RecordEvent was told
  NodeId node = 0;  // 0 = none
  std::string detail_json;
};

// A node without its source and evidence: all that a tree or a table shows.
struct NodeOutline {
  NodeId id = 0, parent = 0;  // the first parent; 0 = none
  NodeKind kind = NodeKind::kDraft;
  VerdictStatus status = VerdictStatus::kHarnessError;
  Code code = Code::kWorkerLost;
  double fitness = 0;
  double created_wall_s = 0;
  std::string candidate_id, label, description;
};

// One per run folder; owned by the campaign and used from its thread only.
// Each Record… is durable against the death of the process when it returns; a
// loss of power may take the last few. Errors: kInfrastructure (disk full,
// read-only, locked, corrupt), kBadInput (store/open_store.h).
class Store {
 public:
  virtual ~Store() = default;

  // Inserts or updates. `task_files`, contents by path, go into the same
  // transaction: a run that is found has its task, whenever it was killed.
  virtual Status RecordRun(
      const RunRecord& run,
      const std::map<std::string, std::string>& task_files) = 0;
  Status RecordRun(const RunRecord& run) { return RecordRun(run, {}); }
  virtual Result<std::optional<RunRecord>> FindRun() = 0;
  // Path and contents, in order of path.
  virtual Result<std::vector<std::pair<std::string, std::string>>>
  FindTaskFiles() = 0;

  // The node, its source and its evaluation under `key`, in one transaction: a
  // checkpoint. Recording the same node again changes nothing; another
  // candidate under a recorded id is an error.
  // `prompts` made it, and go into the same transaction.
  virtual Status RecordNode(const Node& node, const EvaluationKey& key,
                            const std::vector<PromptRecord>& prompts) = 0;
  Status RecordNode(const Node& node, const EvaluationKey& key) {
    return RecordNode(node, key, {});
  }
  // Calls that led to no node.
  virtual Status RecordPrompts(const std::vector<PromptRecord>& prompts) = 0;
  // In order of recording; of node 0, those that led to none.
  virtual Result<std::vector<PromptRecord>> FindPrompts(NodeId node) = 0;
  // Of the calls recorded for a node; of node 0, for none. What the run has spent
  // stands in its RunRecord.
  virtual Result<Spending> FindSpending(NodeId node) = 0;
  // Streams the nodes with an id above `after` in order of id, until `visit`
  // answers false. It must not call the store.
  virtual Status VisitNodes(NodeId after,
                            const std::function<bool(const Node&)>& visit) = 0;
  // The same walk, more than ten times as fast.
  virtual Status VisitOutlines(
      NodeId after, const std::function<bool(const NodeOutline&)>& visit) = 0;
  virtual Result<std::optional<Node>> FindNode(NodeId id) = 0;
  Result<std::vector<Node>> FindNodes();  // all, in order of id

  // Evaluations of the stages after search, and the champion's history. The
  // node must have been recorded.
  virtual Status RecordEvaluation(NodeId node, const EvaluationKey& key,
                                  const Evaluation& evaluation) = 0;
  // In order of recording: the first is RecordNode's.
  virtual Result<std::vector<Evaluation>> FindEvaluations(NodeId node) = 0;
  // The latest accepted or rejected evaluation under the same key, if any.
  virtual Result<std::optional<Evaluation>> FindByKey(
      const EvaluationKey& key) = 0;

  // The change log, by logical step, for as-of views. RecordRun, RecordNode and
  // RecordEvaluation write their own lines.
  virtual Status RecordEvent(const std::string& kind,
                             const std::string& detail_json) = 0;
  // Those with a step above `after`, at most `limit`, in order.
  virtual Result<std::vector<EventRecord>> FindEvents(int64_t after,
                                                      int limit) = 0;
};

}  // namespace kernelevolve
