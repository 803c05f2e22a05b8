#include "worker/gpu/memory/lent_memory.h"

#include <fcntl.h>

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

Cuda<CuMemHandle> CreateHandle(const Driver& driver, int ordinal,
                               uint64_t bytes) {
  const CuMemAllocationProp prop = ShareableMemory(ordinal);
  CuMemHandle handle = 0;
  RETURN_IF_CUDA(driver.MemCreate(&handle, bytes, &prop, 0),
                 format("{} bytes of memory on device {}", bytes, ordinal));
  return handle;
}

Cuda<int> ExportHandle(const Driver& driver, CuMemHandle handle) {
  int fd = -1;
  RETURN_IF_CUDA(
      driver.MemExportToShareableHandle(&fd, handle, kMemHandlePosixFd, 0),
      "a descriptor of device memory");
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  return fd;
}

}  // namespace

Result<std::unique_ptr<LentMemory>> LentMemory::Create(const Driver& driver,
                                                       int ordinal,
                                                       uint64_t bytes) {
  const auto fail = [&](const CudaError& error) {
    return Fail(ToError(driver, error));
  };
  uint64_t granule = 0;
  const auto rounded = RoundToGranule(driver, ordinal, bytes, &granule);
  if (!rounded) return fail(rounded.error());
  const auto handle = CreateHandle(driver, ordinal, *rounded);
  if (!handle) return fail(handle.error());
  std::unique_ptr<LentMemory> memory(new LentMemory(driver));
  if (const auto mapped = memory->range_.Map(ordinal, *handle, *rounded, granule,
                                             kMemReadWrite); !mapped)
    return fail(mapped.error());
  const auto fd = ExportHandle(driver, *handle);
  if (!fd) return fail(fd.error());
  memory->fd_.Reset(*fd);
  return memory;
}

}  // namespace kernelevolve::worker::gpu
