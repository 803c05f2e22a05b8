// Evaluations and their samples as rows. Callers hold the transaction.
#pragma once

#include <optional>
#include <vector>

#include "sqlite/database.h"
#include "store/object_folder.h"
#include "store/store.h"

namespace kernelevolve {

Status InsertEvaluation(sqlite::Database& database, ObjectFolder& objects,
                        NodeId node, const EvaluationKey& key,
                        const Evaluation& evaluation);

// From a row's detail_json and log_object.
Result<Evaluation> ReadEvaluation(ObjectFolder& objects,
                                  std::string_view detail_json,
                                  const std::string& log_object);

Result<std::vector<Evaluation>> SelectEvaluations(sqlite::Database& database,
                                                  ObjectFolder& objects,
                                                  NodeId node);

Result<std::optional<Evaluation>> SelectByKey(sqlite::Database& database,
                                              ObjectFolder& objects,
                                              const EvaluationKey& key);

}  // namespace kernelevolve
