// StepAllocator: whether the next step makes a structure or tunes one, by what
// each kind lately returned.
#pragma once

#include <array>
#include <cstddef>

namespace kernelevolve {

enum class StepLevel : size_t { kStructure, kTune };

// A bandit of two arms with a fading memory (discounted UCB): what a step
// returned counts less the longer ago it was, since early gains say little of
// late ones. Owned by the search; single-threaded, no randomness.
class StepAllocator {
 public:
  // Both levels are possible: which one.
  StepLevel Choose() const;

  void Start(StepLevel level);
  // `gain`: log of new best over old best, at least 0.
  void Finish(StepLevel level, double gain);
  void Abandon(StepLevel level);

  // Of the steps remembered, the share that tuned; 0 if there are none.
  double TuneShare() const;
  // Mean remembered gain of a step.
  double MeanGain(StepLevel level) const;

 private:
  struct Arm {
    double steps = 0;  // discounted
    double gain = 0;   // discounted sum
    int in_flight = 0;
  };
  double Bound(const Arm& arm, double total, double scale) const;
  Arm& At(StepLevel level) { return arms_[static_cast<size_t>(level)]; }
  const Arm& At(StepLevel level) const {
    return arms_[static_cast<size_t>(level)];
  }

  std::array<Arm, 2> arms_;
};

}  // namespace kernelevolve
