// TwoLevelSearch: joins the policy that chooses structures, the tuners that
// choose parameter values and the allocator that divides the budget among them.
#pragma once

#include <map>
#include <memory>
#include <set>

#include "search/policies/policy.h"
#include "search/search.h"
#include "search/step_allocator.h"
#include "search/structure_tree.h"
#include "search/tuning.h"

namespace kernelevolve {

class TwoLevelSearch : public Search {
 public:
  TwoLevelSearch(const SearchOptions& options, std::unique_ptr<Policy> policy);

  std::optional<Step> Ask() override;
  void Tell(const Step& step, const Outcome& outcome) override;
  void Abandon(const Step& step) override;
  void Correct(NodeId node, double fitness) override;
  SearchReport Report() const override;

 private:
  // A node that was told, and whose place in the tree it shares.
  struct Told {
    StructureId structure;
    ParameterValues values;
    double fitness;
  };

  bool Drafting() const;
  Step NewStep(NodeKind kind);
  Step DraftStep();
  Step StructureStep(StructureId place);
  Step TuneStep(const Tuning::Choice& choice);
  StructureId PlaceOf(const Step& step) const;
  void TellTuned(StructureId structure, const Outcome& outcome);
  void TellStructure(const Step& step, StructureId parent,
                     const Outcome& outcome);
  double GainOf(const Step& step, double fitness) const;
  void RefreshBest(StructureId structure);
  void Count(const Step& step);

  const SearchOptions options_;
  const std::unique_ptr<Policy> policy_;
  StructureTree tree_;
  Tuning tuning_;
  StepAllocator allocator_;
  std::map<NodeId, Told> told_;
  std::set<int> drafts_begun_;  // indices
  int64_t next_ticket_ = 1;
  double best_untuned_ = 0;  // of structures as they were proposed
  SearchReport report_;
};

}  // namespace kernelevolve
