// Compiled, never run: our layouts of the CUDA runtime's types are the real
// ones. cuda_abi_test.cc hands it to nvcc where there is one.
#include <cuda.h>
#include <cuda_runtime.h>
#include <cstddef>
#include "worker/record/cuda_abi.h"
namespace c = kernelevolve::worker::cuda;
#define SAME(ours, theirs)                                     \
  static_assert(offsetof(c::DeviceProperties, ours) ==         \
                    offsetof(cudaDeviceProp, theirs), #theirs)
static_assert(sizeof(c::DeviceProperties) == sizeof(cudaDeviceProp));
SAME(textures_and_surfaces, maxTexture1D);
SAME(global_bytes, totalGlobalMem);
SAME(multiprocessors, multiProcessorCount);
SAME(surface_alignment, surfaceAlignment);
SAME(l2_bytes, l2CacheSize);
SAME(threads_per_multiprocessor, maxThreadsPerMultiProcessor);
SAME(shared_per_multiprocessor, sharedMemPerMultiprocessor);
SAME(registers_per_multiprocessor, regsPerMultiprocessor);
SAME(cooperative_launch, cooperativeLaunch);
SAME(shared_per_block_optin, sharedMemPerBlockOptin);
SAME(blocks_per_multiprocessor, maxBlocksPerMultiProcessor);
SAME(shared_reserved_per_block, reservedSharedMemPerBlock);
SAME(cluster_launch, clusterLaunch);
SAME(pools, memoryPoolsSupported);
SAME(reserved, reserved);

static_assert(sizeof(c::Dim3) == sizeof(dim3));
static_assert(sizeof(c::LaunchAttribute) == sizeof(cudaLaunchAttribute));
static_assert(offsetof(c::LaunchAttribute, value) ==
              offsetof(cudaLaunchAttribute, val));
static_assert(sizeof(c::LaunchConfig) == sizeof(cudaLaunchConfig_t));
static_assert(offsetof(c::LaunchConfig, attributes) ==
              offsetof(cudaLaunchConfig_t, attrs));
static_assert(sizeof(c::FunctionAttributes) == sizeof(cudaFuncAttributes));
static_assert(offsetof(c::FunctionAttributes, max_dynamic_shared_bytes) ==
              offsetof(cudaFuncAttributes, maxDynamicSharedSizeBytes));
static_assert(offsetof(c::FunctionAttributes, non_portable_cluster) ==
              offsetof(cudaFuncAttributes, nonPortableClusterSizeAllowed));
static_assert(sizeof(CUtensorMap) == c::kTensorMapBytes);
static_assert(int{c::kLaunchOutOfResources} == cudaErrorLaunchOutOfResources);
static_assert(int{c::kInvalidClusterSize} == cudaErrorInvalidClusterSize);
static_assert(int{c::kCooperativeLaunchTooLarge} ==
              cudaErrorCooperativeLaunchTooLarge);
static_assert(int{c::kAttributeClusterDimension} ==
              cudaLaunchAttributeClusterDimension);
static_assert(int{c::kAttributeSharedMemoryCarveout} ==
              cudaLaunchAttributePreferredSharedMemoryCarveout);
static_assert(int{c::kMaxDynamicSharedBytes} ==
              cudaFuncAttributeMaxDynamicSharedMemorySize);
