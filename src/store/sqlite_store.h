// The store of one run folder, on SQLite. Made by store/open_store.h.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sqlite/database.h"
#include "store/object_folder.h"
#include "store/run_lock.h"
#include "store/store.h"

namespace kernelevolve {

struct SqliteStoreParts {
  std::optional<RunLock> lock;     // of a writer
  bool abandoned = false;          // read, and no process writes it
  std::optional<TempFolder> copy;  // holds the database, if it had to be copied
  std::unique_ptr<ObjectFolder> objects;
  std::unique_ptr<sqlite::Database> database;  // closed first
};

class SqliteStore : public Store {
 public:
  explicit SqliteStore(SqliteStoreParts parts) : parts_(std::move(parts)) {}

  using Store::RecordRun;
  Status RecordRun(
      const RunRecord& run,
      const std::map<std::string, std::string>& task_files) override;
  Result<std::optional<RunRecord>> FindRun() override;
  Result<std::vector<std::pair<std::string, std::string>>> FindTaskFiles()
      override;

  using Store::RecordNode;
  Status RecordNode(const Node& node, const EvaluationKey& key,
                    const std::vector<PromptRecord>& prompts) override;
  Status RecordPrompts(const std::vector<PromptRecord>& prompts) override;
  Result<std::vector<PromptRecord>> FindPrompts(NodeId node) override;
  Result<Spending> FindSpending(NodeId node) override;
  Status VisitNodes(NodeId after,
                    const std::function<bool(const Node&)>& visit) override;
  Status VisitOutlines(
      NodeId after,
      const std::function<bool(const NodeOutline&)>& visit) override;
  Result<std::optional<Node>> FindNode(NodeId id) override;

  Status RecordEvaluation(NodeId node, const EvaluationKey& key,
                          const Evaluation& evaluation) override;
  Result<std::vector<Evaluation>> FindEvaluations(NodeId node) override;
  Result<std::optional<Evaluation>> FindByKey(
      const EvaluationKey& key) override;

  Status RecordEvent(const std::string& kind,
                     const std::string& detail_json) override;
  Result<std::vector<EventRecord>> FindEvents(int64_t after,
                                              int limit) override;

 private:
  sqlite::Database& database() { return *parts_.database; }
  ObjectFolder& objects() { return *parts_.objects; }
  Status CheckWritable() const;
  Status InsertTaskFile(const std::string& path, const std::string& contents);
  Status InsertEvent(std::string_view kind, NodeId node,
                     std::string_view detail_json);

  SqliteStoreParts parts_;
};

}  // namespace kernelevolve
