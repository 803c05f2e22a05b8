// PendingSteps: kernels that are on their way to a judge elsewhere, in a file of
// the run's folder, so that the process that sent them need not be the one that
// hears of them.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "core/node.h"

namespace kernelevolve {

// What becomes a node once it is judged.
struct PendingStep {
  NodeKind kind = NodeKind::kDraft;
  NodeId parent = 0;
  int draft_index = 0;
  Candidate candidate;
  std::string origin, description;
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
