#include "propose/mixed_proposer.h"

namespace kernelevolve {

Result<std::optional<Proposal>> MixedProposer::Propose(
    const ProposalRequest& request, const StopCondition& stop) {
  if (request.kind == NodeKind::kDraft) {
    ASSIGN_OR_RETURN(std::optional<Proposal> draft,
                     recipes_->Propose(request, stop));
    if (draft) {
      model_->Remember(draft->candidate);
      return draft;
    }
  }
  return model_->Propose(request, stop);
}

void MixedProposer::Remember(const Candidate& candidate) {
  recipes_->Remember(candidate);
  model_->Remember(candidate);
}

}  // namespace kernelevolve
