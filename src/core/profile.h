// Profile: why a kernel takes the time it takes. Evidence for the next
// candidate, never for a verdict. JSON form: core/profile_json.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/device_profile.h"

namespace kernelevolve {

// What a kernel waits for. kUnknown: the task states no cost and no counter
// tells. kOccupancy: of a GPU, which has too few warps to hide its waits.
enum class BoundClass {
  kUnknown,
  kMemory,
  kCompute,
  kLatency,
  kLaunch,
  kOccupancy,
};
inline constexpr size_t kBoundClasses = 6;
std::string_view BoundName(BoundClass bound);
std::optional<BoundClass> ParseBound(std::string_view name);

// The roofs of this machine that the shares below are shares of.
struct ProfileRoofs {
  double bytes_per_s = 0;  // in the cache state that the task asks for
  // Fused multiply-adds at full vector width; of a GPU, in the precision of
  // the task.
  double flops_per_s = 0;
  bool cold = true;
};

struct ShapeProfile {
  std::string name;
  double weight = 1;
  // Achieved share of each roof: the task's cost at this shape over the time
  // that the roof allows; 0 where the task states no cost.
  double memory = 0, compute = 0;
  BoundClass bound = BoundClass::kUnknown;
  std::string why;  // the rule that decided
};

// Instructions of one iteration of a loop, by what they cost. An instruction
// may count more than once: a fused multiply-add may also load.
struct InstructionMix {
  int instructions = 0;
  int vector128 = 0, vector256 = 0, vector512 = 0;  // packed, by register
  int scalar_fp = 0;  // arithmetic on one floating number
  int fma = 0;
  int divides = 0;                         // division and square root
  int loads = 0, stores = 0, streams = 0;  // streams: stores past the cache
  int gathers = 0;                         // and scatters
  int shuffles = 0;
  int calls = 0;
  int spills = 0;  // loads and stores of fixed places on the stack

  // Widest register that does the loop's work: 512, 256, 128; 0 = scalar.
  int vector_bits() const;
  bool operator==(const InstructionMix&) const = default;
};

struct HotLoop {
  std::string function;
  uint64_t offset = 0;  // of its first instruction within the function, bytes
  int depth = 1;        // loops around it, itself included
  double share = 0;     // of the samples; 0 where nothing was sampled
  InstructionMix mix;
  std::vector<int> lines;  // of the source, ascending; where they are known
  std::vector<std::string> callees;  // who is called from it, by name
};

// Means per call over all shapes, weighted like the speedup.
struct ProfileCounter {
  std::string name;  // "cycles", "LLC misses", …
  double per_call = 0;
};

struct Profile {
  bool full = false;  // else the quick look of the search stage
  BoundClass bound = BoundClass::kUnknown;  // of most of the weight
  ProfileRoofs roofs;
  std::vector<ShapeProfile> shapes;
  std::vector<HotLoop> loops;  // innermost ones, hottest first
  double library_share = 0;    // of the samples: outside the kernel's own code
  std::vector<std::string> remarks;  // of the compiler, about its own lines
  std::vector<ProfileCounter> counters;
  std::optional<DeviceProfile> device;  // of a GPU, in place of loops
  std::vector<std::string> lost;  // what could not be seen, and why

  // Of the hottest loop; 0 = scalar, or no loop.
  int vector_bits() const;
  // Over all loops of the record.
  InstructionMix total() const;
  // Weighted means over shapes.
  double memory() const;
  double compute() const;
  // nullopt where it was not counted.
  std::optional<double> counter(std::string_view name) const;
};

}  // namespace kernelevolve
