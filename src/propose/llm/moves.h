// Moves: the kernels a run has proposed, so that none is proposed twice.
#pragma once

#include <mutex>
#include <set>
#include <optional>
#include <string>

#include "propose/llm/answer.h"
#include "propose/proposer.h"

namespace kernelevolve {

// Owned by the author of a run; thread-safe.
class Moves {
 public:
  void Remember(const Candidate& candidate);
  // Nothing for a kernel that nobody has proposed, which Claim then counts as
  // proposed; else what became of it.
  std::optional<Complaint> Claim(const ProposalRequest& request,
                                 const Candidate& candidate);
  std::optional<Complaint> Known(const ProposalRequest& request,
                                 const Candidate& candidate) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> moves_;  // MoveDigest of each
};

}  // namespace kernelevolve
