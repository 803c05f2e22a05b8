#include "worker/profile/achieved.h"

#include "core/profile_bound.h"

namespace kernelevolve::worker {
namespace {

constexpr double kLineBytes = 64;

std::optional<double> CountOf(const std::vector<ProfileCounter>& counters,
                              std::string_view name) {
  for (const ProfileCounter& counter : counters)
    if (counter.name == name) return counter.per_call;
  return std::nullopt;
}

void AddCounters(const std::vector<ProfileCounter>& counters,
                 const ProfileRoofs& roofs, BoundFacts* facts) {
  const auto cycles = CountOf(counters, "cycles");
  const auto instructions = CountOf(counters, "instructions");
  const auto misses = CountOf(counters, "LLC misses");
  if (cycles && instructions && *cycles > 0)
    facts->instructions_per_cycle = *instructions / *cycles;
  if (misses && facts->time_us > 0 && roofs.bytes_per_s > 0 && roofs.cold)
    facts->missed_share =
        *misses * kLineBytes / (facts->time_us * 1e-6 * roofs.bytes_per_s);
}

}  // namespace

ProfileRoofs RoofsForProfile(const Task& task, const Roofs& roofs) {
  const TaskRoofs own = RoofsOf(task, roofs);
  return {.bytes_per_s = own.bytes,
          .flops_per_s = own.flops,
          .cold = task.objective.cold_cache};
}

std::vector<ShapeProfile> AchievedShares(const Task& task,
                                         const std::vector<ShapeResult>& times,
                                         const ProfileRoofs& roofs,
                                         const Observation& observation) {
  std::vector<ShapeProfile> shapes;
  for (const ShapeResult& time : times) {
    const ShapeCase* shape = task.FindShape(time.name);
    if (!shape || time.time_us <= 0) continue;
    const TaskCost cost = CostAt(task, *shape);
    const double seconds = time.time_us * 1e-6;
    BoundFacts facts;
    facts.cost_known = cost.known;
    facts.time_us = time.time_us;
    if (roofs.bytes_per_s > 0)
      facts.memory = cost.bytes / (seconds * roofs.bytes_per_s);
    if (roofs.flops_per_s > 0)
      facts.compute = cost.flops / (seconds * roofs.flops_per_s);
    if (const auto counted = observation.counters.find(time.name);
        counted != observation.counters.end())
      AddCounters(counted->second, roofs, &facts);
    BoundDecision decision = DecideBound(facts);
    shapes.push_back({.name = time.name,
                      .weight = time.weight,
                      .memory = facts.memory,
                      .compute = facts.compute,
                      .bound = decision.bound,
                      .why = std::move(decision.why)});
  }
  return shapes;
}

std::vector<ProfileCounter> MeanCounters(const std::vector<ShapeResult>& times,
                                         const Observation& observation) {
  std::vector<ProfileCounter> means;
  double weight = 0;
  for (const ShapeResult& time : times) {
    const auto counted = observation.counters.find(time.name);
    if (counted == observation.counters.end()) continue;
    weight += time.weight;
    for (const ProfileCounter& counter : counted->second) {
      auto mean = means.begin();
      while (mean != means.end() && mean->name != counter.name) ++mean;
      if (mean == means.end()) mean = means.insert(mean, {counter.name, 0});
      mean->per_call += time.weight * counter.per_call;
    }
  }
  if (weight > 0)
    for (ProfileCounter& mean : means) mean.per_call /= weight;
  return means;
}

}  // namespace kernelevolve::worker
