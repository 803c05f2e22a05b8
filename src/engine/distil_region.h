// Which parameter values of the best structure are good. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/finished_run.h"

namespace kernelevolve {

struct ParameterRegion {
  std::string name;
  std::vector<std::string> good, tried;  // by value
};

struct BestRegion {
  int settings = 0;  // of the best's source, judged and accepted
  // Within kNearBest of its fastest, as far as their intervals tell; it first.
  std::vector<const Node*> good;
  std::vector<ParameterRegion> parameters;  // those that make a difference
};
inline constexpr double kNearBest = 0.05;

// Nothing where the best does not stand, or not at the search stage's figure for
// the fastest setting; where fewer than eight settings of its source were tried,
// only one of them is good, or every value is as good as any.
std::optional<BestRegion> FindBestRegion(const FinishedRun& run);

}  // namespace kernelevolve
