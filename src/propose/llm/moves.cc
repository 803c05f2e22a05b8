#include "propose/llm/moves.h"

#include "base/format.h"
#include "base/text.h"
#include "propose/llm/attempts.h"

namespace kernelevolve {
namespace {

constexpr size_t kMessageBytes = 500;

std::string DigestOf(const Candidate& candidate) {
  return MoveDigest(candidate.source, candidate.parameters);
}

std::string ComplaintOf(const ProposalRequest& request,
                        const std::string& move) {
  for (const auto* nodes : {&request.siblings, &request.ancestors})
    for (const Node* node : *nodes)
      if (DigestOf(node->candidate) == move)
        return format("this kernel was tried before, as node {}: {} {} {}",
                      node->id, StatusName(node->evaluation.status),
                      CodeName(node->evaluation.code),
                      Sanitize(node->evaluation.message, kMessageBytes));
  return "this kernel was proposed before in this run; propose another one";
}

}  // namespace

void Moves::Remember(const Candidate& candidate) {
  const std::lock_guard lock(mutex_);
  moves_.insert(DigestOf(candidate));
}

std::string Moves::Claim(const ProposalRequest& request,
                         const Candidate& candidate) {
  const std::string move = DigestOf(candidate);
  {
    const std::lock_guard lock(mutex_);
    if (moves_.insert(move).second) return "";
  }
  return ComplaintOf(request, move);
}

std::string Moves::Known(const ProposalRequest& request,
                         const Candidate& candidate) const {
  const std::string move = DigestOf(candidate);
  {
    const std::lock_guard lock(mutex_);
    if (!moves_.contains(move)) return "";
  }
  return ComplaintOf(request, move);
}

}  // namespace kernelevolve
