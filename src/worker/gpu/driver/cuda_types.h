// The few types of the CUDA driver API that we use, declared here because its
// headers are not on every machine that builds the worker. Names are ours,
// layouts and values are the driver's: cuda_types_test compares them with the
// real header where one is found.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kernelevolve::worker::gpu {

using CuResult = int;
using CuDevice = int;
using CuAddress = unsigned long long;  // CUdeviceptr
using CuMemHandle = unsigned long long;

using CuContext = struct CuContextTag*;
using CuModule = struct CuModuleTag*;
using CuFunction = struct CuFunctionTag*;
using CuStream = struct CuStreamTag*;
using CuEvent = struct CuEventTag*;
using CuGraph = struct CuGraphTag*;
using CuGraphNode = struct CuGraphNodeTag*;
using CuGraphExec = struct CuGraphExecTag*;

struct CuUuid {
  char bytes[16];
};

// Results that somebody treats differently.
enum CuCode : CuResult {
  kCudaSuccess = 0,
  kCudaInvalidValue = 1,
  kCudaOutOfMemory = 2,
  kCudaStubLibrary = 34,
  kCudaDeviceUnavailable = 46,
  kCudaNoDevice = 100,
  kCudaInvalidDevice = 101,
  kCudaInvalidImage = 200,
  kCudaNoBinaryForGpu = 209,
  kCudaEccUncorrectable = 214,
  kCudaInvalidPtx = 218,
  kCudaNvlinkUncorrectable = 220,
  kCudaUnsupportedPtxVersion = 222,
  kCudaContained = 226,
  kCudaSharedObjectSymbolNotFound = 302,
  kCudaInvalidHandle = 400,
  kCudaNotFound = 500,
  kCudaNotReady = 600,
  kCudaIllegalAddress = 700,
  kCudaLaunchOutOfResources = 701,
  kCudaLaunchTimeout = 702,
  kCudaContextIsDestroyed = 709,
  kCudaAssert = 710,
  kCudaHardwareStackError = 714,
  kCudaIllegalInstruction = 715,
  kCudaMisalignedAddress = 716,
  kCudaInvalidAddressSpace = 717,
  kCudaInvalidPc = 718,
  kCudaLaunchFailed = 719,
  kCudaCooperativeLaunchTooLarge = 720,
  kCudaTensorMemoryLeak = 721,
  kCudaNotSupported = 801,
  kCudaSystemNotReady = 802,
  kCudaCaptureUnsupported = 900,
  kCudaCaptureUnjoined = 904,
  kCudaExternalDevice = 911,
  kCudaInvalidClusterSize = 912,
  kCudaUnknown = 999,
};

enum CuDeviceAttribute : int {
  kMaxThreadsPerBlock = 1,
  kMaxSharedPerBlock = 8,
  kWarpSize = 10,
  kMaxRegistersPerBlock = 12,
  kClockKhz = 13,
  kMultiprocessorCount = 16,
  kEccEnabled = 32,
  kMemoryClockKhz = 36,
  kMemoryBusBits = 37,
  kL2Bytes = 38,
  kMaxThreadsPerMultiprocessor = 39,
  kCapabilityMajor = 75,
  kCapabilityMinor = 76,
  kMaxSharedPerMultiprocessor = 81,
  kMaxRegistersPerMultiprocessor = 82,
  kCooperativeLaunch = 95,
  kMaxSharedPerBlockOptin = 97,
  kVirtualMemorySupported = 102,
  kPosixHandleSupported = 103,
  kMaxBlocksPerMultiprocessor = 106,
  kMaxPersistingL2Bytes = 108,
  kReservedSharedPerBlock = 111,
  kClusterLaunch = 120,
  kTensorMapSupported = 127,
};

enum CuFunctionAttribute : int {
  kStaticSharedBytes = 1,
  kRegisterCount = 4,
  kMaxDynamicSharedBytes = 8,
  kNonPortableClusterAllowed = 14,
};

enum CuContextFlags : unsigned {
  kScheduleSpin = 0x1,
  kScheduleBlockingSync = 0x4,
};
inline constexpr unsigned kStreamNonBlocking = 0x1;
inline constexpr unsigned kEventDefault = 0x0;
inline constexpr unsigned kEventBlockingSync = 0x1;
inline constexpr unsigned kEventDisableTiming = 0x2;
inline constexpr int kCaptureModeRelaxed = 2;

enum CuJitOption : int {
  kJitErrorLogBuffer = 5,
  kJitErrorLogBufferBytes = 6,
};

enum CuMemEnum : int {
  kMemAllocationPinned = 0x1,
  kMemHandlePosixFd = 0x1,
  kMemLocationDevice = 0x1,
  kMemGranularityMinimum = 0x0,
};
enum CuMemAccess : int {
  kMemRead = 0x1,
  kMemReadWrite = 0x3,
};

struct CuMemLocation {
  int type;
  int id;
};

struct CuMemAllocationProp {
  int type;
  int requested_handle_types;
  CuMemLocation location;
  void* win32_handle_metadata;
  struct {
    unsigned char compression_type;
    unsigned char gpu_direct_rdma_capable;
    unsigned short usage;
    unsigned char reserved[4];
  } flags;
};

struct CuMemAccessDesc {
  CuMemLocation location;
  int flags;
};

// Values of CUmemorytype.
inline constexpr int kMemoryTypeDevice = 2;

struct CuMemcpy2D {
  size_t from_x, from_y;
  int from_type;
  const void* from_host;
  CuAddress from;
  void* from_array;
  size_t from_pitch;
  size_t to_x, to_y;
  int to_type;
  void* to_host;
  CuAddress to;
  void* to_array;
  size_t to_pitch;
  size_t bytes, rows;
};

enum CuLaunchAttributeId : int {
  kLaunchCooperative = 2,
  kLaunchClusterDimension = 4,
  kLaunchProgrammaticSerialization = 6,
};

union CuLaunchAttributeValue {
  char pad[64];
  int cooperative;
  struct {
    unsigned x, y, z;
  } cluster;
  int programmatic;
  void* aligned_like_a_pointer;
};

struct CuLaunchAttribute {
  int id;
  char pad[4];
  CuLaunchAttributeValue value;
};

struct CuLaunchConfig {
  unsigned grid_x, grid_y, grid_z;
  unsigned block_x, block_y, block_z;
  unsigned shared_bytes;
  CuStream stream;
  CuLaunchAttribute* attributes;
  unsigned attribute_count;
};

// The driver asks for 64; newer headers say 128.
struct alignas(128) CuTensorMap {
  uint64_t opaque[16];
};

}  // namespace kernelevolve::worker::gpu
