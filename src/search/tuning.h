// Tuning: the tuners of all structures, and which of them is worth a step.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "search/parameter_tuner.h"
#include "search/search.h"
#include "search/structure_tree.h"

namespace kernelevolve {

// Owned by the search; single-threaded.
class Tuning {
 public:
  explicit Tuning(uint64_t seed) : seed_(seed) {}

  // A structure told for the first time; `parent` is what it was made from, 0
  // for a draft. Only accepted ones that declare parameters are tuned.
  void Add(StructureId structure, StructureId parent, const Outcome& outcome);
  // Values of a structure were measured, perhaps not for the first time.
  void Tell(StructureId structure, const ParameterValues& values,
            double fitness);

  struct Choice {
    StructureId structure;
    ParameterValues values;
  };
  // Values never tried, of the structure that promises most; nullopt if every
  // tuner is done.
  std::optional<Choice> Ask(const StructureTree& tree);

 private:
  struct Entry {
    StructureId structure;
    ParameterTuner tuner;
  };
  Entry* MostPromising(const StructureTree& tree);
  double Promise(const Entry& entry, double fitness) const;

  const uint64_t seed_;
  std::vector<Entry> entries_;
  std::map<StructureId, size_t> index_;
};

}  // namespace kernelevolve
