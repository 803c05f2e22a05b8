// Moves: the kernels a run has proposed, so that none is proposed twice.
#pragma once

#include <mutex>
#include <set>
#include <string>

#include "propose/proposer.h"

namespace kernelevolve {

// Owned by the author of a run; thread-safe.
class Moves {
 public:
  void Remember(const Candidate& candidate);
  // "" for a kernel that nobody has proposed, which Claim then counts as
  // proposed; else what to tell the model of it.
  std::string Claim(const ProposalRequest& request, const Candidate& candidate);
  std::string Known(const ProposalRequest& request,
                    const Candidate& candidate) const;

 private:
  mutable std::mutex mutex_;
  std::set<std::string> moves_;  // MoveDigest of each
};

}  // namespace kernelevolve
