#include "core/profile.h"

#include <array>

#include "base/check.h"

namespace kernelevolve {
namespace {

constexpr std::array<std::string_view, kBoundClasses> kBoundNames = {
    "unknown", "memory", "compute", "latency", "launch", "occupancy"};

double WeightedMean(const std::vector<ShapeProfile>& shapes,
                    double ShapeProfile::*member) {
  double sum = 0, weight = 0;
  for (const ShapeProfile& shape : shapes) {
    sum += shape.weight * shape.*member;
    weight += shape.weight;
  }
  return weight > 0 ? sum / weight : 0;
}

}  // namespace

std::string_view BoundName(BoundClass bound) {
  const auto index = static_cast<size_t>(bound);
  CHECK(index < kBoundNames.size());
  return kBoundNames[index];
}

std::optional<BoundClass> ParseBound(std::string_view name) {
  for (size_t i = 0; i < kBoundNames.size(); ++i)
    if (kBoundNames[i] == name) return static_cast<BoundClass>(i);
  return std::nullopt;
}

int InstructionMix::vector_bits() const {
  // A register may be cleared or moved at another width than the work's.
  const int packed = vector128 + vector256 + vector512;
  if (packed <= scalar_fp) return 0;
  if (4 * vector512 >= packed) return 512;
  if (4 * vector256 >= packed) return 256;
  return 128;
}

int Profile::vector_bits() const {
  return loops.empty() ? 0 : loops.front().mix.vector_bits();
}

InstructionMix Profile::total() const {
  InstructionMix total;
  for (const HotLoop& loop : loops)
    for (int InstructionMix::*member :
         {&InstructionMix::instructions, &InstructionMix::vector128,
          &InstructionMix::vector256, &InstructionMix::vector512,
          &InstructionMix::scalar_fp, &InstructionMix::fma,
          &InstructionMix::divides, &InstructionMix::loads,
          &InstructionMix::stores, &InstructionMix::streams,
          &InstructionMix::gathers, &InstructionMix::shuffles,
          &InstructionMix::calls, &InstructionMix::spills})
      total.*member += loop.mix.*member;
  return total;
}

double Profile::memory() const {
  return WeightedMean(shapes, &ShapeProfile::memory);
}

double Profile::compute() const {
  return WeightedMean(shapes, &ShapeProfile::compute);
}

std::optional<double> Profile::counter(std::string_view name) const {
  for (const ProfileCounter& counter : counters)
    if (counter.name == name) return counter.per_call;
  return std::nullopt;
}

}  // namespace kernelevolve
