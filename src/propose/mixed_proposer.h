// MixedProposer: recipes draft, a model improves. What costs nothing comes
// first, and the model starts from kernels that are good already.
#pragma once

#include <memory>

#include "propose/proposer.h"

namespace kernelevolve {

// Thread-safe, as both are.
class MixedProposer : public Proposer {
 public:
  MixedProposer(std::unique_ptr<Proposer> recipes,
                std::unique_ptr<Proposer> model)
      : recipes_(std::move(recipes)), model_(std::move(model)) {}

  // A draft that no recipe makes, and every expansion, is the model's.
  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override;
  void Remember(const Candidate& candidate) override;
  void OnJudged(const Node& node, const Node* parent,
                const std::vector<PromptRecord>& prompts) override {
    model_->OnJudged(node, parent, prompts);
  }
  std::optional<CallForecast> Forecast(
      const ProposalRequest& request) const override {
    return model_->Forecast(request);
  }
  std::optional<ModelBook> Book() const override { return model_->Book(); }
  std::string OutOfBudget() const override { return model_->OutOfBudget(); }

 private:
  const std::unique_ptr<Proposer> recipes_, model_;
};

}  // namespace kernelevolve
