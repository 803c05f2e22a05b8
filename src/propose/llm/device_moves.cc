#include "propose/llm/device_moves.h"

#include <algorithm>

#include "base/format.h"

namespace kernelevolve {
namespace {

// Above this share of a roof, less work is the only way to go faster.
constexpr double kAtRoof = 0.85;
// Of the bytes of a loaded sector, a kernel with this share or less reads
// scattered elements.
constexpr double kScattered = 60;  // %
constexpr double kOftenWaits = 0.15;

using Moves = std::vector<std::string>;

bool WaitsFor(const DeviceProfile& device, std::string_view word) {
  return std::any_of(device.stalls.begin(), device.stalls.end(),
                     [&](const StallShare& stall) {
                       return stall.share >= kOftenWaits &&
                              stall.reason.find(word) != stall.reason.npos;
                     });
}

bool UsesMatrixUnits(const DeviceProfile& device) {
  for (const char* kind : {"UTCMMA", "HGMMA", "QGMMA", "IGMMA", "HMMA", "IMMA"})
    if (device.count(kind) > 0) return true;
  return false;
}

void AddMemory(const Profile& profile, Moves* moves) {
  if (profile.memory() > kAtRoof) {
    moves->push_back(
        "It runs at the memory roof: only fewer bytes help (fuse passes, keep a "
        "row in registers or shared memory between them, write each output "
        "once).");
    return;
  }
  moves->push_back(
      "Raise the achieved bandwidth: 16 bytes per thread and load, neighbouring "
      "threads on neighbouring addresses, several independent loads in flight "
      "before the first is used, enough blocks for every multiprocessor.");
}

void AddCompute(const Profile& profile, Moves* moves) {
  if (profile.compute() > kAtRoof)
    moves->push_back(
        "It runs at the arithmetic roof: only less arithmetic, or a cheaper "
        "precision where the contract allows it, helps.");
  else if (!UsesMatrixUnits(*profile.device) &&
           profile.device->count("FFMA") > 0)
    moves->push_back(
        "Products run on the ordinary units: use the matrix units (tl.dot, mma, "
        "wgmma) where the contract's precision allows it.");
  else
    moves->push_back(
        "Keep the matrix units fed: a larger tile per warp, operands loaded "
        "several stages ahead (cp.async or TMA), epilogue overlapped with the "
        "next tile.");
}

void AddLatency(const DeviceProfile& device, Moves* moves) {
  if (WaitsFor(device, "long scoreboard"))
    moves->push_back(
        "Warps wait for global memory: load the next tile before working on this "
        "one, unroll so that several loads are in flight, more warps per "
        "multiprocessor.");
  if (WaitsFor(device, "barriers"))
    moves->push_back(
        "Warps wait at barriers: smaller blocks, reductions by shuffles within a "
        "warp first, double-buffered shared memory with one barrier per step.");
  if (WaitsFor(device, "mio throttle") || WaitsFor(device, "short scoreboard"))
    moves->push_back(
        "Shared memory or special functions hold it up: wider shared accesses, "
        "fewer transcendentals (exp2 with folded constants), values kept in "
        "registers.");
  if (moves->empty())
    moves->push_back(
        "It waits: more independent work per thread, more blocks (split the "
        "reduced dimension), loads ahead of their use.");
}

void AddOccupancy(Moves* moves) {
  moves->push_back(
      "Too few warps or blocks are there to hide the waits: split the work into "
      "more blocks (also along the reduced dimension), smaller tiles, fewer "
      "registers (launch bounds, num_warps, num_stages) or less shared memory.");
}

void AddLaunch(const DeviceProfile& device, Moves* moves) {
  moves->push_back(
      device.kernels.size() > 1
          ? format("Launching dominates: fuse the {} kernels of a call into one.",
                   device.kernels.size())
          : std::string(
                "A call is hardly more than a launch: one kernel with as little "
                "set-up as possible is all that can help."));
}

void AddCode(const DeviceProfile& device, Moves* moves) {
  if (const int spills = device.count(kSpills); spills > 0)
    moves->push_back(
        format("{} loads and stores of local memory (spills): smaller tiles, less "
               "unrolling, or more registers per thread.",
               spills));
  const int narrow = device.count(kNarrowLoads), wide = device.count("LDG.128");
  if (narrow > 2 * wide && narrow > 2)
    moves->push_back(
        format("{} of {} global loads are narrower than 16 bytes: let each thread "
               "load 16 contiguous, aligned bytes.",
               narrow, narrow + wide));
  const auto used = device.counter(kLoadUse);
  if (used && *used > 0 && *used < kScattered)
    moves->push_back(
        format("Only {:.0f} % of the loaded bytes are used: make neighbouring "
               "threads read neighbouring elements, or go through shared memory.",
               *used));
  if (device.counter(kBankConflicts).value_or(0) > 1e5)
    moves->push_back(
        "Many bank conflicts in shared memory: pad rows or swizzle addresses.");
}

}  // namespace

std::vector<std::string> DeviceMoves(const Profile& profile) {
  Moves moves;
  if (!profile.device) return moves;
  switch (profile.bound) {
    case BoundClass::kMemory: AddMemory(profile, &moves); break;
    case BoundClass::kCompute: AddCompute(profile, &moves); break;
    case BoundClass::kLatency: AddLatency(*profile.device, &moves); break;
    case BoundClass::kOccupancy: AddOccupancy(&moves); break;
    case BoundClass::kLaunch: AddLaunch(*profile.device, &moves); break;
    case BoundClass::kUnknown: break;
  }
  AddCode(*profile.device, &moves);
  return moves;
}

}  // namespace kernelevolve
