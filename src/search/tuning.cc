#include "search/tuning.h"

#include <cmath>

namespace kernelevolve {
namespace {

// The log ratio that tuning a structure is expected to bring: half as fast
// again.
constexpr double kPriorGain = 0.4;

}  // namespace

void Tuning::Add(StructureId structure, StructureId parent,
                 const Outcome& outcome) {
  if (outcome.fitness <= 0 || outcome.space.parameters.empty()) return;
  const uint64_t seed =
      MixBits(seed_ ^ MixBits(static_cast<uint64_t>(outcome.node)));
  ParameterTuner tuner(outcome.space, outcome.parameters, outcome.fitness,
                       seed);
  if (const auto from = index_.find(parent); from != index_.end())
    tuner.Inherit(entries_[from->second].tuner);
  index_[structure] = entries_.size();
  entries_.push_back({structure, std::move(tuner)});
}

void Tuning::Tell(StructureId structure, const ParameterValues& values,
                  double fitness) {
  const auto found = index_.find(structure);
  if (found != index_.end())
    entries_[found->second].tuner.Tell(values, fitness);
}

// The log fitness it may reach: where it is, plus what is left to gain, which
// fades with every step that brought nothing. A sweep is two moves a parameter.
double Tuning::Promise(const Entry& entry, double fitness) const {
  const double sweep = 2.0 * entry.tuner.parameters();
  return std::log(fitness) +
         kPriorGain * std::exp(-entry.tuner.SinceGain() / sweep);
}

Tuning::Entry* Tuning::MostPromising(const StructureTree& tree) {
  Entry* best = nullptr;
  double best_promise = 0;
  for (Entry& entry : entries_) {
    const double fitness = tree[entry.structure].fitness;
    if (entry.tuner.Exhausted() || fitness <= 0) continue;
    const double promise = Promise(entry, fitness);
    if (best && promise <= best_promise) continue;
    best = &entry;
    best_promise = promise;
  }
  return best;
}

std::optional<Tuning::Choice> Tuning::Ask(const StructureTree& tree) {
  while (Entry* entry = MostPromising(tree)) {
    if (auto values = entry->tuner.Ask())
      return Choice{entry->structure, *std::move(values)};
  }
  return std::nullopt;
}

}  // namespace kernelevolve
