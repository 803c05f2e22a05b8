#include "core/profile_bound.h"

#include <algorithm>
#include <array>

#include "base/format.h"

namespace kernelevolve {
namespace {

// Half of a roof: beyond it, nothing but that roof can give another factor of
// two. Ordinary stores alone cost a kernel that reads as much as it writes a
// third of the memory roof.
constexpr double kNearRoof = 0.5;
// Of such a call, most is what any call costs: cold code, first misses.
constexpr double kLaunchUs = 3;
// A core that retires this much is busy, with whatever it does.
constexpr double kBusyIpc = 2.0;

int Percent(double share) { return static_cast<int>(100 * share + 0.5); }

BoundDecision ByCounters(const BoundFacts& facts) {
  if (facts.missed_share && *facts.missed_share >= kNearRoof)
    return {BoundClass::kMemory,
            format("its cache misses alone move {} % of what memory can",
                   Percent(*facts.missed_share))};
  if (facts.instructions_per_cycle && *facts.instructions_per_cycle >= kBusyIpc)
    return {BoundClass::kCompute,
            format("the core is busy at {:.1f} instructions per cycle",
                   *facts.instructions_per_cycle)};
  return {};
}

}  // namespace

BoundDecision DecideBound(const BoundFacts& facts) {
  const double nearest = std::max(facts.memory, facts.compute);
  if (facts.cost_known && nearest >= kNearRoof) {
    if (facts.memory >= facts.compute)
      return {BoundClass::kMemory,
              format("{} % of the memory roof", Percent(facts.memory))};
    return {BoundClass::kCompute,
            format("{} % of the arithmetic roof", Percent(facts.compute))};
  }
  if (facts.time_us > 0 && facts.time_us < kLaunchUs)
    return {
        BoundClass::kLaunch,
        format("{:.1f} us are hardly more than a call costs", facts.time_us)};
  if (BoundDecision by_counters = ByCounters(facts);
      by_counters.bound != BoundClass::kUnknown)
    return by_counters;
  if (facts.cost_known)
    return {BoundClass::kLatency,
            format("far from both roofs: {} % of memory, {} % of arithmetic",
                   Percent(facts.memory), Percent(facts.compute))};
  if (facts.instructions_per_cycle)
    return {BoundClass::kLatency,
            format("the core waits at {:.1f} instructions per cycle",
                   *facts.instructions_per_cycle)};
  return {BoundClass::kUnknown, "the task states no [cost]"};
}

BoundClass OverallBound(const std::vector<ShapeProfile>& shapes) {
  std::array<double, kBoundClasses> weights{};
  for (const ShapeProfile& shape : shapes)
    weights[static_cast<size_t>(shape.bound)] += shape.weight;
  const auto most = std::max_element(weights.begin(), weights.end());
  return static_cast<BoundClass>(most - weights.begin());
}

}  // namespace kernelevolve
