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
  std::vector<const Node*> good;  // within kNearBest of its fastest; it first
  std::vector<ParameterRegion> parameters;  // those that make a difference
};
inline constexpr double kNearBest = 0.05;

// Nothing where the best does not stand, fewer than eight settings of its source
// were tried, or every value is as good as any.
std::optional<BestRegion> FindBestRegion(const FinishedRun& run);

}  // namespace kernelevolve
