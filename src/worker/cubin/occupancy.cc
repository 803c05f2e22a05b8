#include "worker/cubin/occupancy.h"

#include <algorithm>
#include <limits>

namespace kernelevolve::worker {
namespace {

// Hardware hands out registers to a warp and shared memory to a block in these
// units, and keeps some shared memory of each block for itself.
constexpr uint64_t kRegisterUnit = 256, kSharedUnit = 128, kSharedKept = 1024;
// Registers are split among the schedulers: a warp uses those of its own.
constexpr uint64_t kSchedulers = 4;

uint64_t RoundUp(uint64_t value, uint64_t unit) {
  return (value + unit - 1) / unit * unit;
}

uint64_t MostBlocks(int arch) {
  if (arch == 86 || arch == 87) return 16;
  return arch == 89 || arch / 10 == 12 ? 24 : 32;
}

uint64_t ByRegisters(const KernelFacts& kernel, const DeviceLimits& device,
                     uint64_t warps) {
  if (kernel.registers == 0) return std::numeric_limits<uint64_t>::max();
  const uint64_t of_warp =
      RoundUp(static_cast<uint64_t>(kernel.registers) *
                  static_cast<uint64_t>(device.warp), kRegisterUnit);
  const uint64_t of_scheduler =
      static_cast<uint64_t>(device.registers_per_multiprocessor) / kSchedulers;
  return of_scheduler / of_warp * kSchedulers / warps;
}

}  // namespace

Occupancy ComputeOccupancy(const KernelFacts& kernel, const DeviceLimits& device,
                           uint32_t threads, uint64_t dynamic_shared_bytes) {
  Occupancy result;
  const uint64_t shared = kernel.shared_bytes + dynamic_shared_bytes;
  if (threads == 0 || threads > static_cast<uint32_t>(kernel.max_threads) ||
      shared > device.shared_per_block_optin || device.warp <= 0)
    return result;
  const auto warp = static_cast<uint64_t>(device.warp);
  const uint64_t warps = (threads + warp - 1) / warp;
  const uint64_t most_warps =
      static_cast<uint64_t>(device.max_threads_per_multiprocessor) / warp;
  const struct {
    uint64_t blocks;
    const char* name;
  } limits[] = {
      {most_warps / warps, "threads"},
      {ByRegisters(kernel, device, warps), "registers"},
      {device.shared_per_multiprocessor /
           RoundUp(shared + kSharedKept, kSharedUnit), "shared memory"},
      {MostBlocks(device.arch), "blocks"}};
  const auto least = std::ranges::min_element(
      limits, {}, [](const auto& limit) { return limit.blocks; });
  if (least->blocks == 0) return result;
  result.blocks = static_cast<int>(least->blocks);
  result.warps = static_cast<int>(least->blocks * warps);
  result.share = static_cast<double>(result.warps) / static_cast<double>(most_warps);
  result.limited_by = least->name;
  return result;
}

}  // namespace kernelevolve::worker
