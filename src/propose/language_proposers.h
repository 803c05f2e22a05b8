// LanguageProposers: a proposer for each language of a run, asked by the
// request's target.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "propose/proposer.h"

namespace kernelevolve {

// Thread-safe, as its parts are.
class LanguageProposers : public Proposer {
 public:
  using Parts = std::map<std::string, std::unique_ptr<Proposer>>;
  // By language; at least one.
  explicit LanguageProposers(Parts parts) : parts_(std::move(parts)) {}

  // nullopt for a language that is none of the run's.
  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override;
  void Remember(const Candidate& candidate) override;
  void OnJudged(const Node& node, const Node* parent,
                const std::vector<PromptRecord>& prompts) override;
  std::optional<CallForecast> Forecast(
      const ProposalRequest& request) const override;
  // Only where none of them has any left.
  std::string OutOfBudget() const override;

 private:
  Proposer* Find(const std::string& language) const;

  const Parts parts_;
};

}  // namespace kernelevolve
