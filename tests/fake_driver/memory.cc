// Memory: handles are files in memory, so that processes can lend them.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

#include "fake_driver.h"

namespace kernelevolve::worker::gpu {
namespace {

constexpr size_t kGranule = 2 << 20;

void* Pointer(CuAddress address) { return reinterpret_cast<void*>(address); }

template <typename T>
CuResult Fill(CuAddress address, T value, size_t count, CuStream stream) {
  return fake::Submit(stream, [=] {
    fake::Log("fill " + std::to_string(count * sizeof(T)));
    T* to = static_cast<T*>(Pointer(address));
    for (size_t i = 0; i < count; ++i) to[i] = value;
  });
}

template <typename T>
CuResult FillRows(CuAddress address, size_t pitch, T value, size_t width,
                  size_t height, CuStream stream) {
  if (pitch % sizeof(T) != 0) return kCudaInvalidValue;
  return fake::Submit(stream, [=] {
    fake::Log("fill " + std::to_string(height) + " rows of " +
              std::to_string(width * sizeof(T)));
    for (size_t row = 0; row < height; ++row)
      for (size_t i = 0; i < width; ++i)
        static_cast<T*>(Pointer(address + row * pitch))[i] = value;
  });
}

CuResult Remap(CuAddress address, size_t bytes, int protection, int flags,
               int file) {
  void* mapped = mmap(Pointer(address), bytes, protection, flags | MAP_FIXED,
                      file, 0);
  return mapped == MAP_FAILED ? kCudaInvalidValue : kCudaSuccess;
}

}  // namespace

extern "C" {

CuResult cuMemGetInfo_v2(size_t* free, size_t* total) {
  *free = *total = size_t{1} << 30;
  return kCudaSuccess;
}
CuResult cuMemGetAllocationGranularity(size_t* granularity,
                                       const CuMemAllocationProp*, int) {
  *granularity = kGranule;
  return kCudaSuccess;
}
CuResult cuMemCreate(CuMemHandle* handle, size_t bytes,
                     const CuMemAllocationProp* prop, unsigned long long) {
  KE_FAKE_ANSWER();
  if (bytes % kGranule != 0 || prop->type != kMemAllocationPinned)
    return kCudaInvalidValue;
  if (bytes > size_t{1} << 30) return kCudaOutOfMemory;
  const int file = memfd_create("device", MFD_CLOEXEC);
  if (file < 0 || ftruncate(file, static_cast<off_t>(bytes)) != 0)
    return kCudaUnknown;
  *handle = static_cast<CuMemHandle>(file);
  fake::Count("handles", 1);
  return kCudaSuccess;
}
CuResult cuMemRelease(CuMemHandle handle) {
  close(static_cast<int>(handle));
  fake::Count("handles", -1);
  return kCudaSuccess;
}
CuResult cuMemExportToShareableHandle(void* shareable, CuMemHandle handle, int,
                                      unsigned long long) {
  *static_cast<int*>(shareable) = dup(static_cast<int>(handle));
  return kCudaSuccess;
}
CuResult cuMemImportFromShareableHandle(CuMemHandle* handle, void* shareable,
                                        int) {
  KE_FAKE_ANSWER();
  const int file = dup(static_cast<int>(reinterpret_cast<intptr_t>(shareable)));
  if (file < 0) return kCudaInvalidValue;
  *handle = static_cast<CuMemHandle>(file);
  fake::Count("handles", 1);
  return kCudaSuccess;
}
CuResult cuMemAddressReserve(CuAddress* address, size_t bytes, size_t,
                             CuAddress, unsigned long long) {
  void* got = mmap(nullptr, bytes, PROT_NONE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (got == MAP_FAILED) return kCudaOutOfMemory;
  *address = reinterpret_cast<CuAddress>(got);
  fake::Count("reservations", 1);
  return kCudaSuccess;
}
CuResult cuMemAddressFree(CuAddress address, size_t bytes) {
  munmap(Pointer(address), bytes);
  fake::Count("reservations", -1);
  return kCudaSuccess;
}
CuResult cuMemMap(CuAddress address, size_t bytes, size_t, CuMemHandle handle,
                  unsigned long long) {
  fake::Count("mappings", 1);
  return Remap(address, bytes, PROT_NONE, MAP_SHARED, static_cast<int>(handle));
}
CuResult cuMemUnmap(CuAddress address, size_t bytes) {
  fake::Count("mappings", -1);
  return Remap(address, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}
CuResult cuMemSetAccess(CuAddress address, size_t bytes,
                        const CuMemAccessDesc* access, size_t) {
  const bool writes = access->flags == kMemReadWrite;
  fake::Log(writes ? "access rw" : "access r");
  return mprotect(Pointer(address), bytes,
                  PROT_READ | (writes ? PROT_WRITE : 0)) == 0
             ? kCudaSuccess
             : kCudaInvalidValue;
}
CuResult cuMemAlloc_v2(CuAddress* address, size_t bytes) {
  KE_FAKE_ANSWER();
  // aligned_alloc would take whole multiples alone.
  void* memory = nullptr;
  if (posix_memalign(&memory, 256, bytes) != 0) return kCudaOutOfMemory;
  *address = reinterpret_cast<CuAddress>(memory);
  fake::Count("allocations", 1);
  return kCudaSuccess;
}
CuResult cuMemFree_v2(CuAddress address) {
  std::free(Pointer(address));
  fake::Count("allocations", -1);
  return kCudaSuccess;
}
CuResult cuMemsetD8Async(CuAddress address, unsigned char value, size_t count,
                         CuStream stream) {
  return Fill<uint8_t>(address, value, count, stream);
}
CuResult cuMemsetD16Async(CuAddress address, unsigned short value, size_t count,
                          CuStream stream) {
  return Fill<uint16_t>(address, value, count, stream);
}
CuResult cuMemsetD32Async(CuAddress address, unsigned value, size_t count,
                          CuStream stream) {
  return Fill<uint32_t>(address, value, count, stream);
}
CuResult cuMemcpyDtoDAsync_v2(CuAddress to, CuAddress from, size_t bytes,
                              CuStream stream) {
  return fake::Submit(stream, [=] {
    fake::Log("copy " + std::to_string(bytes));
    std::memcpy(Pointer(to), Pointer(from), bytes);
  });
}
CuResult cuMemsetD2D8Async(CuAddress address, size_t pitch, unsigned char value,
                           size_t width, size_t height, CuStream stream) {
  return FillRows<uint8_t>(address, pitch, value, width, height, stream);
}
CuResult cuMemsetD2D16Async(CuAddress address, size_t pitch, unsigned short value,
                            size_t width, size_t height, CuStream stream) {
  return FillRows<uint16_t>(address, pitch, value, width, height, stream);
}
CuResult cuMemsetD2D32Async(CuAddress address, size_t pitch, unsigned value,
                            size_t width, size_t height, CuStream stream) {
  return FillRows<uint32_t>(address, pitch, value, width, height, stream);
}
CuResult cuMemcpy2DAsync_v2(const CuMemcpy2D* copy, CuStream stream) {
  if (copy->from_type != kMemoryTypeDevice || copy->to_type != kMemoryTypeDevice ||
      copy->from_pitch < copy->bytes || copy->to_pitch < copy->bytes)
    return kCudaInvalidValue;
  return fake::Submit(stream, [rows = *copy] {
    fake::Log("copy " + std::to_string(rows.rows) + " rows of " +
              std::to_string(rows.bytes));
    for (size_t i = 0; i < rows.rows; ++i)
      std::memcpy(Pointer(rows.to + i * rows.to_pitch),
                  Pointer(rows.from + i * rows.from_pitch), rows.bytes);
  });
}
CuResult cuMemcpyHtoD_v2(CuAddress to, const void* from, size_t bytes) {
  std::memcpy(Pointer(to), from, bytes);
  return kCudaSuccess;
}
CuResult cuMemcpyDtoH_v2(void* to, CuAddress from, size_t bytes) {
  std::memcpy(to, Pointer(from), bytes);
  return kCudaSuccess;
}
#define KE_TENSOR_MAP_PARAMETERS                                         \
  CuTensorMap *map, int dtype, uint32_t rank, void *address,             \
      const uint64_t *, const uint64_t *, const uint32_t *,              \
      const uint32_t *, int, int, int, int
CuResult cuTensorMapEncodeTiled(KE_TENSOR_MAP_PARAMETERS) {
  KE_FAKE_ANSWER();
  map->opaque[0] = reinterpret_cast<uint64_t>(address);
  map->opaque[1] = static_cast<uint64_t>(dtype) << 32 | rank;
  return kCudaSuccess;
}

}  // extern "C"
}  // namespace kernelevolve::worker::gpu
