// Chain: each structure is made from the one before it, failed or not.
#pragma once

#include "search/policies/policy.h"

namespace kernelevolve {

class Chain : public Policy {
 public:
  std::optional<StructureId> Choose(const StructureTree& tree) const override;

  // So many failures in a row and the chain goes on from its best.
  static constexpr int kFailuresInRow = 3;
};

}  // namespace kernelevolve
