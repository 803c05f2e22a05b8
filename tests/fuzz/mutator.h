// Mutator: inputs made from a target's seeds.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.h"

namespace kernelevolve::fuzz {

// Immutable. The input of a number depends on it and the seed alone, so that one
// which did harm can be made again without those before it.
class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, uint64_t seed);

  std::string Make(uint64_t number) const;

 private:
  void Mutate(std::string& text, Random& random) const;
  void Move(std::string& text, Random& random) const;
  const std::string& Some(Random& random) const;

  const std::vector<std::string> seeds_;
  const uint64_t seed_;
};

}  // namespace kernelevolve::fuzz
