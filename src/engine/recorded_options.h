// What a run's record keeps of its options, so that --resume goes on as it
// began.
#pragma once

#include <string>

#include "base/json.h"
#include "engine/optimize.h"

namespace kernelevolve {

struct RecordedOptions {
  std::string task;  // a shipped task's name or a folder's absolute path
  std::string policy, proposer;
  uint64_t seed = 1;
  int drafts = 10;
  RunBudget budget;
  std::string seed_kernel;  // path as given
  std::string device, toolchain;
  AuthorOptions author;  // its budget stands in `budget`
};

std::string ToText(const RecordedOptions& options);
Result<RecordedOptions> RecordedOptionsFromText(const std::string& text);

// Limits given now win over recorded ones.
RunBudget MergeBudgets(const RunBudget& now, const RunBudget& recorded);

}  // namespace kernelevolve
