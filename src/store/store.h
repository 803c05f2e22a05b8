// Store: domain verbs over the archive of runs. The only folder with SQL.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/node.h"

namespace kernelevolve {

struct RunRecord {
  std::string id;  // the run folder's name
  std::string task_name, task_digest, operator_family;
  std::string target;
  std::string options_json;  // what `optimize` was given, for --resume
  std::string search_secret;  // never leaves the store but for the worker
  std::string state;          // "running", "done", "interrupted", "failed"
  std::string reason;         // why it ended
  NodeId best = 0;
  double created_wall_s = 0, seconds_used = 0;
};

// What makes an evaluation reusable.
struct EvaluationKey {
  std::string candidate_id, task_digest, target, toolchain, device;
  Stage stage = Stage::kSearch;
};

// One per run folder; owned by the campaign and used from its thread only.
// Each Record… is durable when it returns. Errors: kInfrastructure (disk full,
// locked, corrupt), kBadInput (a newer schema; another process holds the run).
class Store {
 public:
  virtual ~Store() = default;

  virtual Status RecordRun(const RunRecord& run) = 0;  // insert or update
  virtual Result<std::optional<RunRecord>> FindRun() = 0;
  virtual Status RecordTaskFile(const std::string& path,
                                const std::string& contents) = 0;
  virtual Result<std::vector<std::pair<std::string, std::string>>>
  FindTaskFiles() = 0;

  // The node, its source and its evaluation, in one transaction: a checkpoint.
  virtual Status RecordNode(const Node& node) = 0;
  virtual Result<std::vector<Node>> FindNodes() = 0;  // in order of id
  virtual Result<std::optional<Node>> FindNode(NodeId id) = 0;

  // Evaluations of the stages after search, and the champion's history.
  virtual Status RecordEvaluation(NodeId node, const EvaluationKey& key,
                                  const Evaluation& evaluation) = 0;
  virtual Result<std::vector<Evaluation>> FindEvaluations(NodeId node) = 0;
  // An accepted or rejected earlier evaluation under the same key, if any.
  virtual Result<std::optional<Evaluation>> FindByKey(
      const EvaluationKey& key) = 0;

  // The change log, by logical step, for as-of views.
  virtual Status RecordEvent(const std::string& kind,
                             const std::string& detail_json) = 0;
};

}  // namespace kernelevolve
