// PendingSteps: kernels that were made and are not judged yet, in a file of the
// run's folder: on their way to a judge elsewhere, or paid for when the process
// ended. A later one goes on with them.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "core/node.h"
#include "core/prompt_record.h"

namespace kernelevolve {

// What becomes a node once it is judged.
struct PendingStep {
  NodeKind kind = NodeKind::kDraft;
  NodeId parent = 0;
  int draft_index = 0;
  Candidate candidate;
  std::string origin, description;
  std::vector<PromptRecord> prompts;  // that made it
};

// Owned by the campaign's thread.
class PendingSteps {
 public:
  explicit PendingSteps(fs::path file) : file_(std::move(file)) {}

  Status Write(const std::vector<PendingStep>& steps) const;
  // None where there is no file.
  Result<std::vector<PendingStep>> Read() const;

 private:
  const fs::path file_;
};

}  // namespace kernelevolve
