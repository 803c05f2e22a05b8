// The calls that ask about the device, about errors, and for entry points of
// the driver.
#include <algorithm>
#include <cstring>

#include "base/format.h"
#include "base/text.h"
#include "worker/record/fake_cuda.h"

namespace kernelevolve::worker {
namespace {

constexpr int kRuntimeVersion = 13000;
constexpr size_t kSharedPerBlock = 48 << 10, kSharedKept = 1024,
                 kConstantBytes = 64 << 10;
constexpr int kRegistersPerBlock = 65536;
constexpr int kFirstClusterArch = 90;

// As many as there are of the smallest kernel.
int BlocksPerMultiprocessor(const DeviceLimits& device) {
  KernelFacts smallest;
  smallest.max_threads = device.warp;
  return ComputeOccupancy(smallest, device, static_cast<uint32_t>(device.warp), 0)
      .blocks;
}

// By cudaDeviceAttr; what is not listed is 0: not there.
int Attribute(const DeviceLimits& device, int attribute) {
  switch (attribute) {
    case 1: case 2: case 3: return 1024;  // threads of a block; its x and y
    case 4: return 64;                    // its z
    case 5: return 0x7fffffff;            // a grid's x
    case 6: case 7: return 65535;
    case 8: return kSharedPerBlock;
    case 9: return kConstantBytes;
    case 10: return device.warp;
    case 11: return 0x7fffffff;  // pitch
    case 12: return kRegistersPerBlock;
    case 16: return device.multiprocessors;
    case 31: case 41: case 78: case 95: return 1;  // kernels side by side,
        // one address space, priorities, cooperative launches
    case 38: return static_cast<int>(device.l2_bytes);
    case 39: return device.max_threads_per_multiprocessor;
    case 75: return device.arch / 10;
    case 76: return device.arch % 10;
    case 81: return static_cast<int>(device.shared_per_multiprocessor);
    case 82: return device.registers_per_multiprocessor;
    case 97: return static_cast<int>(device.shared_per_block_optin);
    case 106: return BlocksPerMultiprocessor(device);
    case 111: return kSharedKept;
    case 115: return 1;  // memory pools
    case 120: return device.arch >= kFirstClusterArch;
    default: return 0;
  }
}

cuda::DeviceProperties Properties(const DeviceLimits& device) {
  cuda::DeviceProperties out{};
  device.name.copy(out.name, sizeof out.name - 1);
  out.global_bytes = device.global_bytes;
  out.shared_per_block = kSharedPerBlock;
  out.registers_per_block = kRegistersPerBlock;
  out.warp = device.warp;
  out.pitch = 0x7fffffff;
  out.threads_per_block = out.block_extent[0] = out.block_extent[1] = 1024;
  out.block_extent[2] = 64;
  out.grid_extent[0] = 0x7fffffff;
  out.grid_extent[1] = out.grid_extent[2] = 65535;
  out.constant_bytes = kConstantBytes;
  out.major = device.arch / 10;
  out.minor = device.arch % 10;
  out.multiprocessors = device.multiprocessors;
  out.concurrent_kernels = out.unified_addressing = out.stream_priorities = 1;
  out.l2_bytes = static_cast<int>(device.l2_bytes);
  out.threads_per_multiprocessor = device.max_threads_per_multiprocessor;
  out.shared_per_multiprocessor = device.shared_per_multiprocessor;
  out.registers_per_multiprocessor = device.registers_per_multiprocessor;
  out.cooperative_launch = out.pools = 1;
  out.shared_per_block_optin = device.shared_per_block_optin;
  out.blocks_per_multiprocessor = BlocksPerMultiprocessor(device);
  out.shared_reserved_per_block = kSharedKept;
  out.cluster_launch = device.arch >= kFirstClusterArch;
  return out;
}

}  // namespace
}  // namespace kernelevolve::worker

namespace worker = kernelevolve::worker;
namespace cuda = kernelevolve::worker::cuda;
using worker::FakeCudaCall;

#pragma GCC visibility push(default)
extern "C" {

int cuTensorMapEncodeTiled(void*, int, uint32_t, void*, const uint64_t*,
                           const uint64_t*, const uint32_t*, const uint32_t*,
                           int, int, int, int);

int cudaGetDevice(int* device) {
  if (device) *device = 0;
  return cuda::kSuccess;
}
int cudaGetDeviceCount(int* count) {
  if (count) *count = 1;
  return cuda::kSuccess;
}
int cudaSetDevice(int device) {
  FakeCudaCall fake;
  if (!fake) return cuda::kNotSupported;
  return fake->Return(device == 0 ? cuda::kSuccess : cuda::kInvalidDevice);
}
int cudaRuntimeGetVersion(int* version) {
  if (version) *version = worker::kRuntimeVersion;
  return cuda::kSuccess;
}
int cudaDriverGetVersion(int* version) { return cudaRuntimeGetVersion(version); }

int cudaGetDeviceProperties(cuda::DeviceProperties* out, int device) {
  FakeCudaCall fake;
  if (!fake || !out) return cuda::kInvalidValue;
  if (device != 0) return fake->Return(cuda::kInvalidDevice);
  *out = worker::Properties(fake->device);
  return cuda::kSuccess;
}
int cudaDeviceGetAttribute(int* value, int attribute, int device) {
  FakeCudaCall fake;
  if (!fake || !value) return cuda::kInvalidValue;
  if (device != 0) return fake->Return(cuda::kInvalidDevice);
  *value = worker::Attribute(fake->device, attribute);
  return cuda::kSuccess;
}

int cudaPeekAtLastError() {
  FakeCudaCall fake;
  return fake ? fake->last_error : cuda::kNotSupported;
}
int cudaGetLastError() {
  FakeCudaCall fake;
  return fake ? std::exchange(fake->last_error, cuda::kSuccess)
              : cuda::kNotSupported;
}
// Names are of string literals: they end in a zero.
const char* cudaGetErrorName(int error) {
  return worker::CudaErrorName(error).data();
}
const char* cudaGetErrorString(int error) {
  return worker::CudaErrorName(error).data();
}

int cudaGetDriverEntryPointByVersion(const char* symbol, void** out, unsigned,
                                     unsigned long long, int* status) {
  FakeCudaCall fake;
  if (!fake || !symbol || !out) return cuda::kInvalidValue;
  const bool known = std::strcmp(symbol, "cuTensorMapEncodeTiled") == 0;
  *out = known ? reinterpret_cast<void*>(&cuTensorMapEncodeTiled) : nullptr;
  if (status) *status = known ? 0 : 1;  // 1: no such symbol
  if (known) return cuda::kSuccess;
  fake->tape.CannotHold(kernelevolve::Sanitize(symbol, 80));
  return fake->Return(cuda::kSymbolNotFound);
}
int cudaGetDriverEntryPoint(const char* symbol, void** out,
                            unsigned long long flags, int* status) {
  return cudaGetDriverEntryPointByVersion(symbol, out, 0, flags, status);
}

}  // extern "C"
#pragma GCC visibility pop
