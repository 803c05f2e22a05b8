#include "store/sqlite_nodes.h"

#include <limits>

#include "base/format.h"
#include "base/json.h"
#include "sqlite/transaction.h"
#include "store/sqlite_evaluations.h"

namespace kernelevolve {
namespace {

using sqlite::Database;
using sqlite::Statement;
using sqlite::Transaction;

// More nodes than any device evaluates in the half minute within which Linux
// writes a file's data out.
constexpr int kTailNodes = 1000;

std::string ParametersJson(const ParameterValues& values) {
  Json json = Json::object();
  for (const auto& [name, value] : values) json[name] = value;
  return DumpJson(json);
}

Result<ParameterValues> ParametersFromJson(std::string_view text) {
  ASSIGN_OR_RETURN(const Json json, ParseJson(text));
  ParameterValues values;
  for (const auto& [name, value] : json.items())
    if (value.is_string()) values[name] = value.get<std::string>();
  return values;
}

Result<std::vector<NodeId>> SelectParents(Database& database, NodeId id) {
  ASSIGN_OR_RETURN(Statement rows,
                   database.Query("SELECT parent_id FROM node_parents "
                                  "WHERE node_id = ?1 ORDER BY position",
                                  id));
  std::vector<NodeId> parents;
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return parents;
    parents.push_back(rows.Integer(0));
  }
}

// Names outside of the vocabulary come from a later program; they do not stop a
// reader.
VerdictStatus StatusOf(std::string_view name) {
  return ParseStatus(name).value_or(VerdictStatus::kHarnessError);
}
Code CodeOf(std::string_view name) {
  return ParseCode(name).value_or(Code::kWorkerLost);
}
NodeKind KindOf(std::string_view name) {
  return ParseNodeKind(name).value_or(NodeKind::kExpand);
}

constexpr std::string_view kSelectNodes =
    "SELECT n.id, n.kind, n.language, n.source_object, n.parameters_json, "
    "n.label, n.origin, n.description, n.fitness, n.draft_index, "
    "n.created_wall_s, e.detail_json, e.log_object "
    "FROM nodes n JOIN evaluations e ON e.id = "
    "(SELECT MIN(id) FROM evaluations WHERE node_id = n.id) "
    "WHERE n.id BETWEEN ?1 AND ?2 ORDER BY n.id";

// Of a row of kSelectNodes, but for the parents.
Result<Node> ReadNode(ObjectFolder& objects, const Statement& row) {
  Node node;
  node.id = row.Integer(0);
  node.kind = KindOf(row.Text(1));
  node.candidate.language = row.Text(2);
  ASSIGN_OR_RETURN(node.candidate.source, objects.Get(row.String(3)));
  ASSIGN_OR_RETURN(node.candidate.parameters, ParametersFromJson(row.Text(4)));
  node.candidate.label = row.Text(5);
  node.origin = row.Text(6);
  node.description = row.Text(7);
  node.fitness = row.Real(8);
  node.draft_index = static_cast<int>(row.Integer(9));
  node.created_wall_s = row.Real(10);
  ASSIGN_OR_RETURN(node.evaluation,
                   ReadEvaluation(objects, row.Text(11), row.String(12)));
  return node;
}

// The lowest id among the newest nodes whose objects cannot be read.
Result<std::optional<NodeId>> FirstDamaged(Database& database,
                                           ObjectFolder& objects) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query("SELECT n.id, n.source_object, e.log_object FROM nodes n "
                     "JOIN evaluations e ON e.node_id = n.id "
                     "WHERE n.id > (SELECT MAX(id) FROM nodes) - ?1 "
                     "ORDER BY n.id",
                     kTailNodes));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return std::nullopt;
    if (!objects.Get(rows.String(1)) || !objects.Get(rows.String(2)))
      return rows.Integer(0);
  }
}

}  // namespace

Status InsertNode(Database& database, ObjectFolder& objects, const Node& node,
                  const std::string& candidate_id) {
  ASSIGN_OR_RETURN(const std::string source,
                   objects.Put(node.candidate.source));
  RETURN_IF_ERROR(database.Run(
      "INSERT INTO nodes (id, kind, candidate_id, language, source_object, "
      "parameters_json, label, origin, description, fitness, draft_index, "
      "created_wall_s) "
      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      node.id, NodeKindName(node.kind), candidate_id, node.candidate.language,
      source, ParametersJson(node.candidate.parameters), node.candidate.label,
      node.origin, node.description, node.fitness, node.draft_index,
      node.created_wall_s));
  for (size_t i = 0; i < node.parents.size(); ++i)
    RETURN_IF_ERROR(
        database.Run("INSERT INTO node_parents (node_id, position, parent_id) "
                     "VALUES (?1, ?2, ?3)",
                     node.id, static_cast<int64_t>(i), node.parents[i]));
  return {};
}

Result<std::optional<std::string>> SelectCandidateId(Database& database,
                                                     NodeId id) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query("SELECT candidate_id FROM nodes WHERE id = ?1", id));
  ASSIGN_OR_RETURN(const bool row, rows.Step());
  if (!row) return std::nullopt;
  return rows.String(0);
}

Status SelectNodes(Database& database, ObjectFolder& objects, NodeId first,
                   NodeId last, const std::function<bool(const Node&)>& visit) {
  ASSIGN_OR_RETURN(Statement rows, database.Query(kSelectNodes, first, last));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return {};
    ASSIGN_OR_RETURN(Node node, ReadNode(objects, rows));
    ASSIGN_OR_RETURN(node.parents, SelectParents(database, node.id));
    if (!visit(node)) return {};
  }
}

Status SelectOutlines(Database& database, NodeId after,
                      const std::function<bool(const NodeOutline&)>& visit) {
  ASSIGN_OR_RETURN(
      Statement rows,
      database.Query(
          "SELECT n.id, COALESCE(p.parent_id, 0), n.kind, e.status, e.code, "
          "n.fitness, n.created_wall_s, n.candidate_id, n.label, n.description "
          "FROM nodes n JOIN evaluations e ON e.id = "
          "(SELECT MIN(id) FROM evaluations WHERE node_id = n.id) "
          "LEFT JOIN node_parents p ON p.node_id = n.id AND p.position = 0 "
          "WHERE n.id > ?1 ORDER BY n.id",
          after));
  while (true) {
    ASSIGN_OR_RETURN(const bool row, rows.Step());
    if (!row) return {};
    const NodeOutline outline{rows.Integer(0),      rows.Integer(1),
                              KindOf(rows.Text(2)), StatusOf(rows.Text(3)),
                              CodeOf(rows.Text(4)), rows.Real(5),
                              rows.Real(6),         rows.String(7),
                              rows.String(8),       rows.String(9)};
    if (!visit(outline)) return {};
  }
}

Result<int64_t> DropDamagedTail(Database& database, ObjectFolder& objects) {
  ASSIGN_OR_RETURN(const std::optional<NodeId> first,
                   FirstDamaged(database, objects));
  if (!first) return 0;
  ASSIGN_OR_RETURN(Transaction transaction, Transaction::Begin(database));
  ASSIGN_OR_RETURN(
      Statement count,
      database.Query("SELECT COUNT(*) FROM nodes WHERE id >= ?1", *first));
  ASSIGN_OR_RETURN(const bool row, count.Step());
  const int64_t dropped = row ? count.Integer(0) : 0;
  RETURN_IF_ERROR(database.Run("DELETE FROM nodes WHERE id >= ?1", *first));
  RETURN_IF_ERROR(database.Run(
      "UPDATE runs SET best_node = 0 WHERE best_node >= ?1", *first));
  RETURN_IF_ERROR(database.Run(
      "INSERT INTO events (kind, node_id, detail_json) VALUES ('dropped', ?1, "
      "?2)",
      *first,
      format("{{\"nodes\":{},\"reason\":\"their sources did not reach the "
             "disk\"}}",
             dropped)));
  RETURN_IF_ERROR(transaction.Commit());
  return dropped;
}

}  // namespace kernelevolve
