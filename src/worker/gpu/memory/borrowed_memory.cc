#include "worker/gpu/memory/borrowed_memory.h"

#include "base/format.h"

namespace kernelevolve::worker::gpu {
namespace {

Cuda<CuMemHandle> ImportHandle(const Driver& driver, int fd) {
  CuMemHandle handle = 0;
  // The driver takes the descriptor's number where a pointer is declared.
  void* shareable = reinterpret_cast<void*>(static_cast<uintptr_t>(fd));
  RETURN_IF_CUDA(driver.MemImportFromShareableHandle(&handle, shareable,
                                                     kMemHandlePosixFd),
                 "borrowing device memory");
  return handle;
}

}  // namespace

Result<std::unique_ptr<BorrowedMemory>> BorrowedMemory::Import(
    const Driver& driver, int ordinal, int fd, uint64_t bytes,
    CuMemAccess access) {
  const auto fail = [&](const CudaError& error) {
    return Fail(ToError(driver, error));
  };
  uint64_t granule = 0;
  const auto rounded = RoundToGranule(driver, ordinal, bytes, &granule);
  if (!rounded) return fail(rounded.error());
  const auto handle = ImportHandle(driver, fd);
  if (!handle) return fail(handle.error());
  std::unique_ptr<BorrowedMemory> memory(
      new BorrowedMemory(driver, access == kMemReadWrite));
  if (const auto mapped =
          memory->range_.Map(ordinal, *handle, *rounded, granule, access);
      !mapped)
    return fail(mapped.error());
  return memory;
}

}  // namespace kernelevolve::worker::gpu
