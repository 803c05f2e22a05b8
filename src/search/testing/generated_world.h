// GeneratedWorld: a made-up optimization problem, so that policies can be tried
// and compared without a compiler, a model or a device.
//
// Structures are a recipe and a value for each of its options; their hidden
// quality is a sum of option effects and pairwise interactions, and some do not
// work at all. Each recipe's parameters answer with a smooth ridge around
// hidden best values, within a constraint. Measurements are noisy. The best
// possible fitness is known.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "search/search.h"

namespace kernelevolve {

struct WorldOptions {
  uint64_t seed = 1;
  int recipes = 5;
  int options = 6;  // structure options of each recipe
  int option_values = 3;
  int parameters = 4;    // numeric, of each structure
  double failing = 0.2;  // share of structures that do not work
  double noise = 0.02;   // relative, of one measurement
};

// What a node of such a run is.
struct WorldCandidate {
  std::vector<int> structure;  // recipe, then the options' values
  ParameterValues parameters;
};

// Immutable once made: same seed, same world, on every machine.
class GeneratedWorld {
 public:
  explicit GeneratedWorld(const WorldOptions& options);

  // As a proposer and a tuner would answer a step; `parent` is null for a
  // draft.
  WorldCandidate Propose(const Step& step, const WorldCandidate* parent) const;
  // Without noise; 0 for a structure that does not work.
  double TrueFitness(const WorldCandidate& candidate) const;
  // With the noise of this candidate's one measurement.
  double Measure(const WorldCandidate& candidate) const;
  const TuneSpace& space() const { return space_; }
  double optimum() const { return optimum_; }
  static std::string Key(const WorldCandidate& candidate);

 private:
  double Quality(const std::vector<int>& structure) const;
  double Response(int recipe, const ParameterValues& parameters) const;
  bool Works(const std::vector<int>& structure) const;
  void PlantParameters(Random& random);
  void PlantStructures(Random& random);
  double BestQuality() const;

  const WorldOptions options_;
  TuneSpace space_;
  // [recipe][parameter] index of the best value, and how sharply it matters.
  std::vector<std::vector<int>> peak_;
  std::vector<std::vector<double>> sharpness_;
  std::vector<double> recipe_quality_;
  // [recipe][option][value]
  std::vector<std::vector<std::vector<double>>> effect_;
  // [recipe][option][value of it * values + value of the next option]
  std::vector<std::vector<std::vector<double>>> interaction_;
  double optimum_ = 0;
};

}  // namespace kernelevolve
