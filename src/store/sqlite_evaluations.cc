#include "store/sqlite_evaluations.h"

#include "core/evaluation_json.h"

namespace kernelevolve {
namespace {

using sqlite::Database;
using sqlite::Statement;

Status InsertSamples(Database& database, int64_t evaluation_id,
                     const std::vector<ShapeResult>& shapes) {
  for (size_t i = 0; i < shapes.size(); ++i) {
    const ShapeResult& shape = shapes[i];
    RETURN_IF_ERROR(database.Run(
        "INSERT INTO samples (evaluation_id, position, shape, weight, time_us, "
        "time_low_us, time_high_us, speedup, speedup_low, speedup_high, "
        "bound_us, speed_of_light) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        evaluation_id, static_cast<int64_t>(i), shape.name, shape.weight,
        shape.time_us, shape.ci_us[0], shape.ci_us[1], shape.speedup,
        shape.speedup_ci[0], shape.speedup_ci[1], shape.bound_us,
        shape.speed_of_light));
  }
  return {};
}

// The whole evaluation but its log, which is an object of its own.
std::string DetailJson(const Evaluation& evaluation) {
  Evaluation detail = evaluation;
  detail.log.clear();
  return DumpJson(ToJson(detail));
}

}  // namespace

Status InsertEvaluation(Database& database, ObjectFolder& objects, NodeId node,
                        const EvaluationKey& key,
                        const Evaluation& evaluation) {
  ASSIGN_OR_RETURN(const std::string log, objects.Put(evaluation.log));
  RETURN_IF_ERROR(database.Run(
      "INSERT INTO evaluations (node_id, candidate_id, task_digest, target, "
      "toolchain, device, stage, status, code, speedup, speedup_low, "
      "speedup_high, log_object, detail_json) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
      node, key.candidate_id, key.task_digest, key.target, key.toolchain,
      key.device, StageName(key.stage), StatusName(evaluation.status),
      CodeName(evaluation.code), evaluation.speedup, evaluation.speedup_ci[0],
      evaluation.speedup_ci[1], log, DetailJson(evaluation)));
  return InsertSamples(database, database.LastInsertId(), evaluation.shapes);
}

Result<Evaluation> ReadEvaluation(ObjectFolder& objects,
                                  std::string_view detail_json,
                                  const std::string& log_object) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(detail_json));
  ASSIGN_OR_RETURN(Evaluation evaluation, EvaluationFromJson(json));
  ASSIGN_OR_RETURN(evaluation.log, objects.Get(log_object));
  return evaluation;
}

Result<std::vector<Evaluation>> SelectEvaluations(Database& database,
                                                  ObjectFolder& objects,
                                                  NodeId node) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query("SELECT detail_json, log_object FROM evaluations "
                     "WHERE node_id = ?1 ORDER BY id",
                     node));
  std::vector<Evaluation> evaluations;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return evaluations;
    ASSIGN_OR_RETURN(Evaluation evaluation,
                     ReadEvaluation(objects, rows.Text(0), rows.String(1)));
    evaluations.push_back(std::move(evaluation));
  }
}

Result<std::optional<Evaluation>> SelectByKey(Database& database,
                                              ObjectFolder& objects,
                                              const EvaluationKey& key) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query(
          "SELECT detail_json, log_object FROM evaluations "
          "WHERE candidate_id = ?1 AND stage = ?2 AND task_digest = ?3 AND "
          "target = ?4 AND toolchain = ?5 AND device = ?6 AND "
          "status IN ('ACCEPT', 'REJECT') ORDER BY id DESC LIMIT 1",
          key.candidate_id, StageName(key.stage), key.task_digest, key.target,
          key.toolchain, key.device));
  ASSIGN_OR_RETURN(const bool row, rows.Step());
  if (!row) return std::nullopt;
  ASSIGN_OR_RETURN(Evaluation evaluation,
                   ReadEvaluation(objects, rows.Text(0), rows.String(1)));
  return evaluation;
}

}  // namespace kernelevolve
