// GrowthWatch: whether a kernel's process holds more after each call of a row than
// before it. Arenas, pools and caches grow and settle; a leak never does. Pure.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "worker/run/process_use.h"

namespace kernelevolve::worker {

class GrowthWatch {
 public:
  // What the process held after so many calls; in the order of the calls.
  void Note(int calls, const ProcessUse& use) { samples_.push_back({calls, use}); }
  int calls() const { return samples_.empty() ? 0 : samples_.back().calls; }

  // In words what grew all along; nullopt as well of rows that are too short to
  // tell.
  std::optional<std::string> WhatGrows() const;

 private:
  struct Sample {
    int calls;
    ProcessUse use;
  };
  // The samples at the ends of equal stretches of the row, its beginning left out.
  std::vector<Sample> Ends() const;

  std::vector<Sample> samples_;
};

}  // namespace kernelevolve::worker
