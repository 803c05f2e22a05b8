#include "propose/llm/moves.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/move_digest.h"

namespace kernelevolve {
namespace {

constexpr size_t kMessageBytes = 500;

Complaint ComplaintOf(const ProposalRequest& request,
                      const std::string& move) {
  for (const auto* nodes : {&request.siblings, &request.ancestors})
    for (const Node* node : *nodes)
      if (MoveDigest(node->candidate) == move)
        return {format("this kernel was tried before, as node {}: {} {}",
                       node->id, StatusName(node->evaluation.status),
                       CodeName(node->evaluation.code)),
                Sanitize(node->evaluation.message, kMessageBytes)};
  return {"this kernel was proposed before in this run; propose another one"};
}

}  // namespace

void Moves::Remember(const Candidate& candidate) {
  const std::lock_guard lock(mutex_);
  moves_.insert(MoveDigest(candidate));
}

std::optional<Complaint> Moves::Claim(const ProposalRequest& request,
                                      const Candidate& candidate) {
  const std::string move = MoveDigest(candidate);
  {
    const std::lock_guard lock(mutex_);
    if (moves_.insert(move).second) return std::nullopt;
  }
  return ComplaintOf(request, move);
}

std::optional<Complaint> Moves::Known(const ProposalRequest& request,
                                      const Candidate& candidate) const {
  const std::string move = MoveDigest(candidate);
  {
    const std::lock_guard lock(mutex_);
    if (!moves_.contains(move)) return std::nullopt;
  }
  return ComplaintOf(request, move);
}

}  // namespace kernelevolve
