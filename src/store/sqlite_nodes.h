// Nodes as rows. Callers hold the transaction.
#pragma once

#include <functional>
#include <optional>

#include "sqlite/database.h"
#include "store/object_folder.h"
#include "store/store.h"

namespace kernelevolve {

// The node and its parents; the evaluation is inserted apart.
Status InsertNode(sqlite::Database& database, ObjectFolder& objects,
                  const Node& node, const std::string& candidate_id);

// The candidate recorded under an id, or nullopt.
Result<std::optional<std::string>> SelectCandidateId(sqlite::Database& database,
                                                     NodeId id);

// Ids from `first` to `last`, both included, until `visit` answers false.
Status SelectNodes(sqlite::Database& database, ObjectFolder& objects,
                   NodeId first, NodeId last,
                   const std::function<bool(const Node&)>& visit);

Status SelectOutlines(sqlite::Database& database, NodeId after,
                      const std::function<bool(const NodeOutline&)>& visit);

// A loss of power may keep rows whose objects never reached the disk. Looks at
// the newest nodes and drops the first such one and all after it, so that what
// remains is a run that ended a moment earlier. Answers how many it dropped.
Result<int64_t> DropDamagedTail(sqlite::Database& database,
                                ObjectFolder& objects);

}  // namespace kernelevolve
