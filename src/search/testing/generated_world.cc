#include "search/testing/generated_world.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/digest.h"
#include "base/format.h"

namespace kernelevolve {
namespace {

// A number in [0, 1) that belongs to a text.
double Hash01(uint64_t seed, const std::string& text) {
  const Digest digest = Sha256(format("{}/{}", seed, text));
  uint64_t word = 0;
  for (size_t i = 0; i < 8; ++i) word = word << 8 | digest[i];
  return static_cast<double>(word >> 11) * 0x1p-53;
}

template <typename T>
T At(const std::vector<T>& items, int index) {
  return items[static_cast<size_t>(index)];
}

}  // namespace

GeneratedWorld::GeneratedWorld(const WorldOptions& options)
    : options_(options) {
  Random random(options_.seed);
  PlantParameters(random);
  PlantStructures(random);
  optimum_ = std::exp(BestQuality());
}

void GeneratedWorld::PlantParameters(Random& random) {
  std::string source;
  for (int p = 0; p < options_.parameters; ++p) {
    std::string values = "1";
    const int count = 3 + static_cast<int>(random.Below(4));
    for (int v = 1; v < count; ++v) values += format(", {}", 1 << v);
    source += format("// ke:tune P{} = {} in {{{}}}", p, p % 2 ? 2 : 1, values);
    // The first two parameters share a budget, as tiles share a cache.
    if (p == 1) source += " when P0 * P1 <= 64";
    source += "\n";
  }
  Result<TuneSpace> space = ParseTuneSpace(source);
  CHECK(space.has_value());
  space_ = *std::move(space);
  for (int recipe = 0; recipe < options_.recipes; ++recipe) {
    std::vector<int> peak;
    std::vector<double> sharpness;
    ParameterValues values;
    do {
      peak.clear();
      for (const TuneParameter& parameter : space_.parameters) {
        peak.push_back(static_cast<int>(random.Below(parameter.values.size())));
        values[parameter.name] = At(parameter.values, peak.back());
      }
    } while (!space_.Admits(values));
    for (int p = 0; p < options_.parameters; ++p)
      sharpness.push_back(0.01 + 0.08 * random.Uniform());
    peak_.push_back(peak);
    sharpness_.push_back(sharpness);
  }
}

void GeneratedWorld::PlantStructures(Random& random) {
  const int values = options_.option_values;
  for (int recipe = 0; recipe < options_.recipes; ++recipe) {
    recipe_quality_.push_back(0.5 * random.Normal());
    auto& effects = effect_.emplace_back();
    auto& interactions = interaction_.emplace_back();
    for (int option = 0; option < options_.options; ++option) {
      auto& effect = effects.emplace_back();
      for (int v = 0; v < values; ++v) effect.push_back(0.2 * random.Normal());
      auto& interaction = interactions.emplace_back();
      for (int v = 0; v < values * values; ++v)
        interaction.push_back(0.1 * random.Normal());
    }
  }
}

double GeneratedWorld::Quality(const std::vector<int>& structure) const {
  const int recipe = structure[0];
  double quality = At(recipe_quality_, recipe);
  for (int option = 0; option < options_.options; ++option) {
    const int value = At(structure, 1 + option);
    const int next = At(structure, 1 + (option + 1) % options_.options);
    quality += At(At(At(effect_, recipe), option), value);
    quality += At(At(At(interaction_, recipe), option),
                  value * options_.option_values + next);
  }
  return quality;
}

bool GeneratedWorld::Works(const std::vector<int>& structure) const {
  std::string text = "works";
  for (const int value : structure) text += format(" {}", value);
  return Hash01(options_.seed, text) >= options_.failing;
}

double GeneratedWorld::BestQuality() const {
  double best = -HUGE_VAL;
  std::vector<int> structure(static_cast<size_t>(options_.options) + 1, 0);
  for (structure[0] = 0; structure[0] < options_.recipes; ++structure[0]) {
    while (true) {
      if (const double quality = Quality(structure); quality > best)
        if (Works(structure)) best = quality;
      // The next combination, counting like an odometer.
      size_t digit = 1;
      while (digit < structure.size() &&
             ++structure[digit] == options_.option_values)
        structure[digit++] = 0;
      if (digit == structure.size()) break;
    }
  }
  return best;
}

double GeneratedWorld::Response(int recipe,
                                const ParameterValues& parameters) const {
  const std::vector<int>& peak = At(peak_, recipe);
  double response = 0, previous = 0;
  for (size_t p = 0; p < peak.size(); ++p) {
    const TuneParameter& parameter = space_.parameters[p];
    const auto& value = parameters.at(parameter.name);
    const auto found =
        std::find(parameter.values.begin(), parameter.values.end(), value);
    CHECK(found != parameter.values.end());
    const double off =
        static_cast<double>(found - parameter.values.begin()) - peak[p];
    const double sharp = At(sharpness_, recipe)[p];
    // The cross term makes a ridge that single moves climb slowly.
    response -= sharp * (off * off + 0.6 * off * previous);
    previous = off;
  }
  return response;
}

double GeneratedWorld::TrueFitness(const WorldCandidate& candidate) const {
  if (!Works(candidate.structure)) return 0;
  return std::exp(Quality(candidate.structure) +
                  Response(candidate.structure[0], candidate.parameters));
}

double GeneratedWorld::Measure(const WorldCandidate& candidate) const {
  Random noise(static_cast<uint64_t>(
      0x1p53 * Hash01(options_.seed, "noise " + Key(candidate))));
  return TrueFitness(candidate) * std::exp(options_.noise * noise.Normal());
}

WorldCandidate GeneratedWorld::Propose(const Step& step,
                                       const WorldCandidate* parent) const {
  Random random(step.seed);
  if (step.kind == NodeKind::kTune) return {parent->structure, step.parameters};
  if (step.kind == NodeKind::kExpand) {
    WorldCandidate child = *parent;
    const size_t option = 1 + random.Below(child.structure.size() - 1);
    const auto values = static_cast<uint64_t>(options_.option_values);
    const auto turn = static_cast<int>(1 + random.Below(values - 1));
    child.structure[option] =
        (child.structure[option] + turn) % options_.option_values;
    return child;
  }
  WorldCandidate draft{{step.draft_index % options_.recipes},
                       space_.Defaults()};
  for (int option = 0; option < options_.options; ++option)
    draft.structure.push_back(static_cast<int>(
        random.Below(static_cast<uint64_t>(options_.option_values))));
  return draft;
}

std::string GeneratedWorld::Key(const WorldCandidate& candidate) {
  std::string key;
  for (const int value : candidate.structure) key += format("{},", value);
  for (const auto& [name, value] : candidate.parameters)
    key += format(" {}={}", name, value);
  return key;
}

}  // namespace kernelevolve
