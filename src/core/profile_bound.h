// What bounds a kernel, by rules over measured shares. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/profile.h"

namespace kernelevolve {

// What is known of one shape. Shares are of the measured roofs.
struct BoundFacts {
  bool cost_known = false;  // memory and compute mean something
  double memory = 0, compute = 0;
  double time_us = 0;
  // From counters, where they are permitted.
  std::optional<double> instructions_per_cycle;
  std::optional<double>
      missed_share;  // bytes of last-level misses, of the roof
};

struct BoundDecision {
  BoundClass bound = BoundClass::kUnknown;
  std::string why;  // one clause, with the number that decided
};

// The first rule that speaks decides; docs/judge.md lists them in order.
BoundDecision DecideBound(const BoundFacts& facts);

// The class that most of the weight has; kUnknown without shapes.
BoundClass OverallBound(const std::vector<ShapeProfile>& shapes);

}  // namespace kernelevolve
