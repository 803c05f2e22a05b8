#include "propose/language_proposers.h"

namespace kernelevolve {

Proposer* LanguageProposers::Find(const std::string& language) const {
  const auto it = parts_.find(language);
  return it == parts_.end() ? nullptr : it->second.get();
}

Result<std::optional<Proposal>> LanguageProposers::Propose(
    const ProposalRequest& request, const StopCondition& stop) {
  Proposer* part = Find(request.target->language);
  if (!part) return std::optional<Proposal>();
  return part->Propose(request, stop);
}

void LanguageProposers::Remember(const Candidate& candidate) {
  if (Proposer* part = Find(candidate.language)) part->Remember(candidate);
}

void LanguageProposers::OnJudged(const Node& node, const Node* parent,
                                 const std::vector<PromptRecord>& prompts) {
  if (Proposer* part = Find(node.candidate.language))
    part->OnJudged(node, parent, prompts);
}

std::optional<CallForecast> LanguageProposers::Forecast(
    const ProposalRequest& request) const {
  const Proposer* part = Find(request.target->language);
  return part ? part->Forecast(request) : std::nullopt;
}

std::string LanguageProposers::OutOfBudget() const {
  std::string reason;
  for (const auto& [language, part] : parts_) {
    reason = part->OutOfBudget();
    if (reason.empty()) break;
  }
  return reason;
}

}  // namespace kernelevolve
