#include "worker/gpu/memory/guarded_range.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

// On either side. Address space costs nothing, and what reads a few megabytes too
// far must not meet another tensor.
constexpr uint64_t kGuardBytes = 256 << 20;

}  // namespace

CuMemAllocationProp ShareableMemory(int ordinal) {
  CuMemAllocationProp prop{};
  prop.type = kMemAllocationPinned;
  prop.requested_handle_types = kMemHandlePosixFd;
  prop.location = {kMemLocationDevice, ordinal};
  return prop;
}

Cuda<uint64_t> RoundToGranule(const Driver& driver, int ordinal, uint64_t bytes,
                              uint64_t* granule) {
  const CuMemAllocationProp prop = ShareableMemory(ordinal);
  size_t found = 0;
  RETURN_IF_CUDA(driver.MemGetAllocationGranularity(&found, &prop,
                                                    kMemGranularityMinimum),
                 "the granularity of device memory");
  *granule = found;
  const uint64_t wanted = std::max<uint64_t>(bytes, 1);
  if (found == 0 || wanted > std::numeric_limits<int64_t>::max() - found)
    return tl::unexpected<CudaError>(
        CudaError{kCudaOutOfMemory, format("{} bytes of device memory", bytes)});
  return (wanted + found - 1) / found * found;
}

GuardedRange::~GuardedRange() {
  if (mapped_) driver_.MemUnmap(payload_, bytes_);
  if (has_handle_) driver_.MemRelease(handle_);
  if (base_) driver_.MemAddressFree(base_, reserved_);
}

CudaStatus GuardedRange::Map(int ordinal, CuMemHandle handle, uint64_t bytes,
                             uint64_t granule, CuMemAccess access) {
  CHECK(!has_handle_);
  handle_ = handle;
  has_handle_ = true;
  bytes_ = bytes;
  const uint64_t guard = std::max(granule, kGuardBytes / granule * granule);
  reserved_ = bytes + 2 * guard;
  RETURN_IF_CUDA(driver_.MemAddressReserve(&base_, reserved_, 0, 0, 0),
                 format("{} bytes of device address space", reserved_));
  payload_ = base_ + guard;
  RETURN_IF_CUDA(driver_.MemMap(payload_, bytes, 0, handle, 0),
                 format("mapping {} bytes of device memory", bytes));
  mapped_ = true;
  const CuMemAccessDesc desc{{kMemLocationDevice, ordinal}, access};
  RETURN_IF_CUDA(driver_.MemSetAccess(payload_, bytes, &desc, 1),
                 format("access to {} bytes of device memory", bytes));
  return {};
}

}  // namespace kernelevolve::worker::gpu
