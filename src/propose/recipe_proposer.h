// RecipeProposer: kernels without a model. Drafts are the recipes that fit the
// task, best fit first, then their option combinations; expansions change one
// structure option of the parent, or switch to another recipe.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "knowledge/recipe_index.h"
#include "propose/proposer.h"
#include "propose/recipe_choice.h"

namespace kernelevolve {

// Thread-safe; no source is proposed twice.
class RecipeProposer : public Proposer {
 public:
  explicit RecipeProposer(RecipeIndex index) : index_(std::move(index)) {}

  Result<std::optional<Proposal>> Propose(const ProposalRequest& request,
                                          const StopCondition& stop) override;
  void Remember(const Candidate& candidate) override;

 private:
  // What a task allows, found once. Immutable.
  struct Plan {
    std::vector<RankedMatch> ways;
    std::vector<RecipeChoice> drafts;
    std::vector<RecipeChoice> last_resort;  // ways that fit badly
  };

  std::shared_ptr<const Plan> PlanFor(const Task& task);
  std::optional<Proposal> Draft(const Plan& plan,
                                const ProposalRequest& request);
  std::optional<Proposal> Expand(const Plan& plan,
                                 const ProposalRequest& request);
  // The first of `choices` that makes a source nobody has proposed.
  std::optional<Proposal> FirstNew(const std::vector<RecipeChoice>& choices,
                                   const RecipeChoice* parent,
                                   const ProposalRequest& request);
  // The same for a long list that many requests look through: once all of it
  // was tried, `make_list` is not even called.
  std::optional<Proposal> FirstNewOf(
      const std::string& list_name,
      const std::function<std::vector<RecipeChoice>()>& make_list,
      const RecipeChoice* parent, const ProposalRequest& request);
  // Instantiates, unless somebody has or the options admit nothing.
  std::optional<Candidate> Make(const RecipeChoice& choice,
                                const ProposalRequest& request);
  // True for the first caller with this text.
  bool Claim(std::set<std::string>& claimed, const std::string& text);

  const RecipeIndex index_;
  std::mutex mutex_;
  std::set<std::string> tried_;     // origins: saves making a source again
  std::set<std::string> proposed_;  // digests of sources
  std::set<std::string> used_up_;   // names of lists
  std::map<std::string, std::shared_ptr<const Plan>> plans_;  // by task digest
};

}  // namespace kernelevolve
