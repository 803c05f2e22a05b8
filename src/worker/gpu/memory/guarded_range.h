// GuardedRange: device memory mapped between two stretches of address space
// that stay unmapped, so that whoever runs past an end faults instead of
// reading or writing a neighbour.
#pragma once

#include "worker/gpu/driver/cuda_error.h"
#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {

// The properties of memory that can be passed on as a file descriptor.
CuMemAllocationProp ShareableMemory(int ordinal);
// `bytes` rounded up to what the device can map.
Cuda<uint64_t> RoundToGranule(const Driver& driver, int ordinal, uint64_t bytes,
                              uint64_t* granule);

// Owns the address space, the mapping and the handle. The driver and its
// context must outlive it.
class GuardedRange {
 public:
  explicit GuardedRange(const Driver& driver) : driver_(driver) {}
  GuardedRange(const GuardedRange&) = delete;
  GuardedRange& operator=(const GuardedRange&) = delete;
  ~GuardedRange();

  // Maps `bytes`, a multiple of `granule`, of `handle`, which it owns from here
  // on, also where this fails. Once.
  CudaStatus Map(int ordinal, CuMemHandle handle, uint64_t bytes,
                 uint64_t granule, CuMemAccess access);

  CuAddress address() const { return payload_; }
  uint64_t bytes() const { return bytes_; }

 private:
  const Driver& driver_;
  CuMemHandle handle_ = 0;
  bool has_handle_ = false, mapped_ = false;
  CuAddress base_ = 0, payload_ = 0;
  uint64_t reserved_ = 0, bytes_ = 0;
};

}  // namespace kernelevolve::worker::gpu
