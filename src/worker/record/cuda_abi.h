// The few types of the CUDA runtime's binary interface that a program compiled
// by nvcc 13 hands to it, declared here because the headers are not on every
// machine. testing/cuda_abi.cu holds the layouts to the real ones.
#pragma once

#include <cstddef>
#include <cstdint>

namespace kernelevolve::worker::cuda {

struct Dim3 {
  unsigned x, y, z;
};

// Handles are opaque to a program.
using Stream = void*;
using Event = void*;

// Values of cudaError_t.
enum Error : int {
  kSuccess = 0,
  kInvalidValue = 1,
  kMemoryAllocation = 2,
  kInvalidConfiguration = 9,
  kInvalidSymbol = 13,
  kInvalidDevicePointer = 17,
  kInvalidDeviceFunction = 98,
  kInvalidDevice = 101,
  kInvalidKernelImage = 200,
  kNoKernelImageForDevice = 209,
  kInvalidResourceHandle = 400,
  kIllegalState = 401,
  kSymbolNotFound = 500,
  kLaunchOutOfResources = 701,
  kCooperativeLaunchTooLarge = 720,
  kNotSupported = 801,
  kCaptureUnsupported = 900,
  kCaptureInvalidated = 901,
  kCaptureMerge = 902,
  kCaptureUnmatched = 903,
  kCaptureUnjoined = 904,
  kCaptureIsolation = 905,
  kCaptureImplicit = 906,
  kCapturedEvent = 907,
  kCaptureWrongThread = 908,
  kGraphUpdateFailure = 910,
  kInvalidClusterSize = 912,
};

// Values of cudaLaunchAttributeID.
enum LaunchAttributeId : int {
  kAttributeIgnore = 0,
  kAttributeCooperative = 2,
  kAttributeClusterDimension = 4,
  kAttributeClusterScheduling = 5,
  kAttributeProgrammaticSerialization = 6,
  kAttributeProgrammaticEvent = 7,
  kAttributePriority = 8,
  kAttributeSharedMemoryCarveout = 14,
};

struct LaunchAttribute {
  int id;
  int padding;
  union {
    char bytes[64];
    int flag;
    Dim3 cluster;
  } value;
};

struct LaunchConfig {
  Dim3 grid, block;
  size_t shared_bytes;
  Stream stream;
  const LaunchAttribute* attributes;
  unsigned attribute_count;
};

// Values of cudaFuncAttribute.
enum FunctionAttributeId : int {
  kMaxDynamicSharedBytes = 8,
  kPreferredSharedCarveout = 9,
  kClusterDimensionMustBeSet = 10,
  kRequiredClusterWidth = 11,
  kRequiredClusterHeight = 12,
  kRequiredClusterDepth = 13,
  kNonPortableClusterSize = 14,
  kClusterSchedulingPolicy = 15,
};

struct FunctionAttributes {
  size_t shared_bytes, constant_bytes, local_bytes;
  int max_threads, registers, ptx_version, binary_version, cache_mode;
  int max_dynamic_shared_bytes, preferred_carveout;
  int cluster_must_be_set, cluster_width, cluster_height, cluster_depth;
  int cluster_scheduling, non_portable_cluster;
  int reserved[16];
};

// cudaChannelFormatDesc.
struct ChannelFormat {
  int x, y, z, w, kind;
};

// What __cudaRegisterFatBinary is given.
struct FatbinWrapper {
  int magic, version;
  const void* data;
  void* unused;
};
inline constexpr int kFatbinWrapperMagic = 0x466243B1;

inline constexpr size_t kTensorMapBytes = 128;

// cudaDeviceProp of CUDA 13. Only fields that we fill are named one by one.
struct DeviceProperties {
  char name[256];
  char uuid[16];
  char luid[8];
  unsigned luid_mask;
  size_t global_bytes;
  size_t shared_per_block;
  int registers_per_block;
  int warp;
  size_t pitch;
  int threads_per_block;
  int block_extent[3];
  int grid_extent[3];
  size_t constant_bytes;
  int major, minor;
  size_t texture_alignment, texture_pitch_alignment;
  int multiprocessors;
  int integrated, can_map_host;
  int textures_and_surfaces[38];
  size_t surface_alignment;
  int concurrent_kernels, ecc, pci_bus, pci_device, pci_domain, tcc;
  int copy_engines, unified_addressing, memory_bus_bits;
  int l2_bytes, persisting_l2_bytes;
  int threads_per_multiprocessor;
  int stream_priorities, global_l1, local_l1;
  size_t shared_per_multiprocessor;
  int registers_per_multiprocessor;
  int managed, multi_gpu_board, multi_gpu_group, host_atomics, pageable;
  int concurrent_managed, preemption, host_pointer_registered;
  int cooperative_launch;
  size_t shared_per_block_optin;
  int pageable_tables, direct_managed;
  int blocks_per_multiprocessor, access_window;
  size_t shared_reserved_per_block;
  int host_register, sparse, host_register_read_only, timeline, pools;
  int rdma;
  unsigned rdma_flush;
  int rdma_order;
  unsigned pool_handles;
  int deferred_arrays, ipc_events;
  int cluster_launch;
  int unified_functions, numa_config, numa, mps, host_numa;
  unsigned pci_device_id, pci_subsystem_id;
  int host_numa_multinode;
  int reserved[56];
};

}  // namespace kernelevolve::worker::cuda
