// FuzzRun: so many inputs over so many targets, counted and timed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "fuzz_target.h"

namespace kernelevolve::fuzz {

struct RunOptions {
  uint64_t inputs = 100'000;  // over all targets, by their shares
  double seconds = 0;         // ends it earlier; 0: it does not
  uint64_t seed = 1;
  uint64_t from = 0;  // number of each target's first input
};

struct TargetCount {
  std::string target;
  uint64_t inputs = 0, taken = 0;
  double seconds = 0, slowest_s = 0;
  uint64_t slowest = 0;  // its number

  bool operator==(const TargetCount&) const = default;
};
Json ToJson(const TargetCount& count);

// Before each input, whoever wants to say which one did harm.
using BeforeInput = std::function<void(const Target& target, uint64_t number)>;

// Targets take turns, so that a run that is cut short has tried them all.
std::vector<TargetCount> Fuzz(const std::vector<Target>& targets,
                              const RunOptions& options, const Clock& clock,
                              const BeforeInput& before);

// "N inputs, M targets, S seconds, no crash".
std::string TotalLine(const std::vector<TargetCount>& counts, double seconds);

}  // namespace kernelevolve::fuzz
