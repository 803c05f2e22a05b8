// Beam: from the best few structures in turn.
#pragma once

#include "search/policies/policy.h"

namespace kernelevolve {

class Beam : public Policy {
 public:
  std::optional<StructureId> Choose(const StructureTree& tree) const override;

  static constexpr int kWidth = 4;
};

}  // namespace kernelevolve
