// Exchanges with models as rows. Callers hold the transaction.
#pragma once

#include <vector>

#include "core/prompt_record.h"
#include "sqlite/database.h"
#include "store/object_folder.h"
#include "store/store.h"

namespace kernelevolve {

// Messages, and the cost of each call. `node` 0: they led to none.
Status InsertPrompts(sqlite::Database& database, ObjectFolder& objects,
                     NodeId node, const std::vector<PromptRecord>& prompts);

Result<std::vector<PromptRecord>> SelectPrompts(sqlite::Database& database,
                                                ObjectFolder& objects,
                                                NodeId node);

Result<Spending> SumCosts(sqlite::Database& database, NodeId node);

}  // namespace kernelevolve
