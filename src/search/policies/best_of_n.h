// Best-of-n: independent drafts until the budget ends. The measure of what
// feedback is worth.
#pragma once

#include "search/policies/policy.h"

namespace kernelevolve {

class BestOfN : public Policy {
 public:
  std::optional<StructureId> Choose(const StructureTree& tree) const override {
    if (tree.root().closed) return std::nullopt;
    return 0;
  }
};

}  // namespace kernelevolve
