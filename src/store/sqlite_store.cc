#include "store/sqlite_store.h"

#include <limits>

#include "base/check.h"
#include "base/format.h"
#include "sqlite/transaction.h"
#include "store/event_detail.h"
#include "store/sqlite_evaluations.h"
#include "store/sqlite_nodes.h"
#include "store/sqlite_prompts.h"

namespace kernelevolve {

using sqlite::Statement;
using sqlite::Transaction;

Status SqliteStore::CheckWritable() const {
  if (parts_.lock) return {};
  return Broken(format("{} was opened for reading only",
                       parts_.database->file().string()));
}

Status SqliteStore::InsertEvent(std::string_view kind, NodeId node,
                                std::string_view detail_json) {
  return database().Run(
      "INSERT INTO events (kind, node_id, detail_json) VALUES (?1, ?2, ?3)",
      kind, node, detail_json);
}

Status SqliteStore::InsertTaskFile(const std::string& path,
                                   const std::string& contents) {
  ASSIGN_OR_RETURN(const std::string object, objects().Put(contents));
  return database().Run(
      "INSERT INTO task_files (path, object) VALUES (?1, ?2) "
      "ON CONFLICT (path) DO UPDATE SET object = excluded.object",
      path, object);
}

Status SqliteStore::RecordRun(
    const RunRecord& run,
    const std::map<std::string, std::string>& task_files) {
  RETURN_IF_ERROR(CheckWritable());
  ASSIGN_OR_RETURN(const std::optional<RunRecord> before, FindRun());
  const bool changed = !before || RunEventJson(*before) != RunEventJson(run) ||
                       before->best != run.best;
  const Spending& spent = run.spending;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database()));
  RETURN_IF_ERROR(database().Run(
      "INSERT INTO tasks (digest, name, operator_family) VALUES (?1, ?2, ?3) "
      "ON CONFLICT (digest) DO UPDATE SET name = excluded.name, "
      "operator_family = excluded.operator_family",
      run.task_digest, run.task_name, run.operator_family));
  RETURN_IF_ERROR(database().Run(
      "INSERT INTO runs (id, task_digest, target, options_json, search_secret, "
      "state, reason, best_node, created_wall_s, seconds_used, model_calls, "
      "model_input_tokens, model_cached_tokens, model_output_tokens, "
      "model_dollars, model_seconds, device_seconds, cpu_seconds) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, "
      "?15, ?16, ?17, ?18) "
      "ON CONFLICT (id) DO UPDATE SET task_digest = excluded.task_digest, "
      "target = excluded.target, options_json = excluded.options_json, "
      "search_secret = excluded.search_secret, state = excluded.state, "
      "reason = excluded.reason, best_node = excluded.best_node, "
      "created_wall_s = excluded.created_wall_s, "
      "seconds_used = excluded.seconds_used, "
      "model_calls = excluded.model_calls, "
      "model_input_tokens = excluded.model_input_tokens, "
      "model_cached_tokens = excluded.model_cached_tokens, "
      "model_output_tokens = excluded.model_output_tokens, "
      "model_dollars = excluded.model_dollars, "
      "model_seconds = excluded.model_seconds, "
      "device_seconds = excluded.device_seconds, "
      "cpu_seconds = excluded.cpu_seconds",
      run.id, run.task_digest, run.target, run.options_json, run.search_secret,
      run.state, run.reason, run.best, run.created_wall_s, run.seconds_used,
      spent.calls, spent.input_tokens, spent.cached_tokens,
      spent.output_tokens, spent.dollars, spent.seconds, run.judging.device_s,
      run.judging.cpu_s));
  for (const auto& [path, contents] : task_files)
    RETURN_IF_ERROR(InsertTaskFile(path, contents));
  if (changed) RETURN_IF_ERROR(InsertEvent("run", run.best, RunEventJson(run)));
  return transaction.Commit();
}

Result<std::optional<RunRecord>> SqliteStore::FindRun() {
  ASSIGN_OR_RETURN(
      Statement row,
      database().Prepare(
          "SELECT r.id, t.name, r.task_digest, t.operator_family, r.target, "
          "r.options_json, r.search_secret, r.state, r.reason, r.best_node, "
          "r.created_wall_s, r.seconds_used, r.model_calls, "
          "r.model_input_tokens, r.model_cached_tokens, "
          "r.model_output_tokens, r.model_dollars, r.model_seconds, "
          "r.device_seconds, r.cpu_seconds "
          "FROM runs r JOIN tasks t ON t.digest = r.task_digest "
          "ORDER BY r.id LIMIT 1"));
  ASSIGN_OR_RETURN(const bool found, row.Step());
  if (!found) return std::nullopt;
  RunRecord run{row.String(0), row.String(1),  row.String(2), row.String(3),
                row.String(4), row.String(5),  row.String(6), row.String(7),
                row.String(8), row.Integer(9), row.Real(10),  row.Real(11)};
  run.spending = {row.Integer(12), row.Integer(13), row.Integer(14),
                  row.Integer(15), row.Real(16),    row.Real(17)};
  run.judging = {row.Real(18), row.Real(19)};
  if (parts_.abandoned && run.state == "running") {
    run.state = "killed";
    run.reason = "its process was killed";
  }
  return run;
}

Result<std::vector<std::pair<std::string, std::string>>>
SqliteStore::FindTaskFiles() {
  ASSIGN_OR_RETURN(
      Statement rows,
      database().Prepare("SELECT path, object FROM task_files ORDER BY path"));
  std::vector<std::pair<std::string, std::string>> files;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return files;
    ASSIGN_OR_RETURN(std::string contents, objects().Get(rows.String(1)));
    files.emplace_back(rows.String(0), std::move(contents));
  }
}

Status SqliteStore::RecordNode(const Node& node, const EvaluationKey& key,
                               const std::vector<PromptRecord>& prompts) {
  CHECK(node.id > 0);
  RETURN_IF_ERROR(CheckWritable());
  const std::string candidate_id = node.candidate.Id();
  ASSIGN_OR_RETURN(const std::optional<std::string> recorded,
                   SelectCandidateId(database(), node.id));
  if (recorded && *recorded == candidate_id) return {};
  if (recorded)
    return Broken(format("node {} of {} is recorded with another candidate",
                         node.id, database().file().string()));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database()));
  RETURN_IF_ERROR(InsertNode(database(), objects(), node, candidate_id));
  RETURN_IF_ERROR(
      InsertEvaluation(database(), objects(), node.id, key, node.evaluation));
  RETURN_IF_ERROR(InsertPrompts(database(), objects(), node.id, prompts));
  RETURN_IF_ERROR(InsertEvent("node", node.id, "{}"));
  return transaction.Commit();
}

Status SqliteStore::RecordPrompts(const std::vector<PromptRecord>& prompts) {
  RETURN_IF_ERROR(CheckWritable());
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database()));
  RETURN_IF_ERROR(InsertPrompts(database(), objects(), 0, prompts));
  return transaction.Commit();
}

Result<std::vector<PromptRecord>> SqliteStore::FindPrompts(NodeId node) {
  return SelectPrompts(database(), objects(), node);
}

Result<Spending> SqliteStore::FindSpending(NodeId node) {
  return SumCosts(database(), node);
}

Status SqliteStore::VisitNodes(NodeId after,
                               const std::function<bool(const Node&)>& visit) {
  return SelectNodes(database(), objects(), after + 1,
                     std::numeric_limits<NodeId>::max(), visit);
}

Status SqliteStore::VisitOutlines(
    NodeId after, const std::function<bool(const NodeOutline&)>& visit) {
  return SelectOutlines(database(), after, visit);
}

Result<std::optional<Node>> SqliteStore::FindNode(NodeId id) {
  std::optional<Node> found;
  RETURN_IF_ERROR(
      SelectNodes(database(), objects(), id, id, [&](const Node& node) {
        found = node;
        return true;
      }));
  return found;
}

Status SqliteStore::RecordEvaluation(NodeId node, const EvaluationKey& key,
                                     const Evaluation& evaluation) {
  RETURN_IF_ERROR(CheckWritable());
  ASSIGN_OR_RETURN(const std::optional<std::string> recorded,
                   SelectCandidateId(database(), node));
  if (!recorded)
    return Broken(format("{} has no node {} to evaluate",
                         database().file().string(), node));
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database()));
  RETURN_IF_ERROR(
      InsertEvaluation(database(), objects(), node, key, evaluation));
  RETURN_IF_ERROR(
      InsertEvent("evaluation", node, EvaluationEventJson(key, evaluation)));
  return transaction.Commit();
}

Result<std::vector<Evaluation>> SqliteStore::FindEvaluations(NodeId node) {
  return SelectEvaluations(database(), objects(), node);
}

Result<std::optional<Evaluation>> SqliteStore::FindByKey(
    const EvaluationKey& key) {
  return SelectByKey(database(), objects(), key);
}

Status SqliteStore::RecordEvent(const std::string& kind,
                                const std::string& detail_json) {
  RETURN_IF_ERROR(CheckWritable());
  return InsertEvent(kind, 0, detail_json);
}

Result<std::vector<EventRecord>> SqliteStore::FindEvents(int64_t after,
                                                         int limit) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database().Query("SELECT step, kind, node_id, detail_json FROM events "
                       "WHERE step > ?1 ORDER BY step LIMIT ?2",
                       after, limit));
  std::vector<EventRecord> events;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return events;
    events.push_back(
        {rows.Integer(0), rows.String(1), rows.Integer(2), rows.String(3)});
  }
}

}  // namespace kernelevolve
