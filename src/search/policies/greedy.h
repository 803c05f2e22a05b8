// Greedy: always from the best structure that still yields something new.
#pragma once

#include "search/policies/policy.h"

namespace kernelevolve {

class Greedy : public Policy {
 public:
  std::optional<StructureId> Choose(const StructureTree& tree) const override;
};

}  // namespace kernelevolve
