#include "search/step_allocator.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace kernelevolve {
namespace {

// A step's weight halves after about seven others: a tuner's gains end within a
// few sweeps, and budgets are often below a hundred steps.
constexpr double kFade = 0.9;
// For rewards scaled to 0 … 1. Neither level starves.
constexpr double kExploration = 0.6;
// One lucky doubling must not rule the next fifty steps.
constexpr double kMaxGain = 0.35;
// Gains below this are the judge's noise.
constexpr double kScaleFloor = 0.002;

}  // namespace

double StepAllocator::MeanGain(StepLevel level) const {
  const Arm& arm = At(level);
  return arm.steps > 0 ? arm.gain / arm.steps : 0;
}

double StepAllocator::Bound(const Arm& arm, double total, double scale) const {
  const double steps = arm.steps + arm.in_flight;
  if (steps <= 0) return HUGE_VAL;
  return arm.gain / steps / scale +
         kExploration * std::sqrt(std::log(1 + total) / steps);
}

StepLevel StepAllocator::Choose() const {
  double total = 0;
  for (const Arm& arm : arms_) total += arm.steps + arm.in_flight;
  const double scale = std::max({MeanGain(StepLevel::kStructure),
                                 MeanGain(StepLevel::kTune), kScaleFloor});
  const double structure = Bound(At(StepLevel::kStructure), total, scale);
  const double tune = Bound(At(StepLevel::kTune), total, scale);
  return tune >= structure ? StepLevel::kTune : StepLevel::kStructure;
}

void StepAllocator::Start(StepLevel level) { ++At(level).in_flight; }

void StepAllocator::Abandon(StepLevel level) {
  CHECK(At(level).in_flight > 0);
  --At(level).in_flight;
}

void StepAllocator::Finish(StepLevel level, double gain) {
  Abandon(level);
  for (Arm& arm : arms_) {
    arm.steps *= kFade;
    arm.gain *= kFade;
  }
  At(level).steps += 1;
  At(level).gain += std::clamp(gain, 0.0, kMaxGain);
}

double StepAllocator::TuneShare() const {
  const double tune = At(StepLevel::kTune).steps;
  const double total = tune + At(StepLevel::kStructure).steps;
  return total > 0 ? tune / total : 0;
}

}  // namespace kernelevolve
