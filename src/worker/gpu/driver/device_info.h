// What a device is and what it allows.
#pragma once

#include <cstdint>
#include <string>

#include "base/json.h"
#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {

struct DeviceInfo {
  int ordinal = 0;
  std::string name;  // "NVIDIA H100 80GB HBM3"
  std::string uuid;  // "GPU-01234567-89ab-…", as nvidia-smi writes it
  int major = 0, minor = 0;
  int multiprocessors = 0, warp = 0;
  int threads_per_block = 0, threads_per_multiprocessor = 0;
  int blocks_per_multiprocessor = 0;
  int registers_per_block = 0, registers_per_multiprocessor = 0;
  // Shared memory in bytes: what a block may have by default, on request, what
  // the driver keeps of each block, and all of a multiprocessor's.
  int shared_per_block = 0, shared_per_block_optin = 0;
  int shared_reserved_per_block = 0, shared_per_multiprocessor = 0;
  uint64_t l2_bytes = 0, persisting_l2_bytes = 0, global_bytes = 0;
  int clock_khz = 0, memory_clock_khz = 0, memory_bus_bits = 0;
  bool ecc = false, cluster_launch = false, cooperative_launch = false;
  bool tensor_maps = false;
  // Both are needed to lend memory between processes.
  bool virtual_memory = false, posix_handles = false;

  int arch() const { return major * 10 + minor; }  // 90
};

// kMissing where there is no such device.
Result<DeviceInfo> QueryDevice(const Driver& driver, int ordinal);

// The "device" member of a record request, and beside it what else is known.
Json DeviceToJson(const DeviceInfo& device);

}  // namespace kernelevolve::worker::gpu
