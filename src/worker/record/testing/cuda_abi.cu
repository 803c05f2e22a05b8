// Compiled, never run: our layouts of the CUDA runtime's types are the real
// ones. cuda_abi_test.cc hands it to nvcc where there is one.
#include <cuda.h>
#include <cuda_runtime.h>
#include <cstddef>
#include "worker/record/cuda_abi.h"
#include "worker/record/cuda_graph_abi.h"
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
static_assert(sizeof(c::ChannelFormat) == sizeof(cudaChannelFormatDesc));
static_assert(offsetof(c::ChannelFormat, kind) ==
              offsetof(cudaChannelFormatDesc, f));
static_assert(sizeof(CUtensorMap) == c::kTensorMapBytes);
static_assert(int{c::kLaunchOutOfResources} == cudaErrorLaunchOutOfResources);
static_assert(int{c::kInvalidClusterSize} == cudaErrorInvalidClusterSize);
static_assert(int{c::kCooperativeLaunchTooLarge} ==
              cudaErrorCooperativeLaunchTooLarge);
static_assert(int{c::kAttributeClusterDimension} ==
              cudaLaunchAttributeClusterDimension);
static_assert(int{c::kAttributeProgrammaticSerialization} ==
              cudaLaunchAttributeProgrammaticStreamSerialization);
static_assert(int{c::kAttributeSharedMemoryCarveout} ==
              cudaLaunchAttributePreferredSharedMemoryCarveout);
static_assert(int{c::kMaxDynamicSharedBytes} ==
              cudaFuncAttributeMaxDynamicSharedMemorySize);

#define SAME_PLACE(our_type, ours, their_type, theirs) \
  static_assert(offsetof(c::our_type, ours) == offsetof(their_type, theirs))
static_assert(sizeof(c::KernelNodeParams) == sizeof(cudaKernelNodeParams));
SAME_PLACE(KernelNodeParams, shared_bytes, cudaKernelNodeParams, sharedMemBytes);
SAME_PLACE(KernelNodeParams, arguments, cudaKernelNodeParams, kernelParams);
SAME_PLACE(KernelNodeParams, extra, cudaKernelNodeParams, extra);
static_assert(sizeof(c::FillNodeParams) == sizeof(cudaMemsetParams));
SAME_PLACE(FillNodeParams, element_bytes, cudaMemsetParams, elementSize);
SAME_PLACE(FillNodeParams, height, cudaMemsetParams, height);
static_assert(sizeof(c::CopyNodeParams) == sizeof(cudaMemcpy3DParms));
SAME_PLACE(CopyNodeParams, from, cudaMemcpy3DParms, srcPtr);
SAME_PLACE(CopyNodeParams, to_array, cudaMemcpy3DParms, dstArray);
SAME_PLACE(CopyNodeParams, to_at, cudaMemcpy3DParms, dstPos);
SAME_PLACE(CopyNodeParams, to, cudaMemcpy3DParms, dstPtr);
SAME_PLACE(CopyNodeParams, extent, cudaMemcpy3DParms, extent);
static_assert(sizeof(c::GraphNodeParams) == sizeof(cudaGraphNodeParams));
SAME_PLACE(GraphNodeParams, kernel, cudaGraphNodeParams, kernel);
SAME_PLACE(GraphNodeParams, copy.params, cudaGraphNodeParams, memcpy.copyParams);
SAME_PLACE(GraphNodeParams, child.ownership, cudaGraphNodeParams, graph.ownership);
static_assert(sizeof(cudaKernelNodeParamsV2) == sizeof(cudaKernelNodeParams));
static_assert(sizeof(cudaMemsetParamsV2) == sizeof(cudaMemsetParams));
static_assert(sizeof(c::EdgeData) == sizeof(cudaGraphEdgeData));
SAME_PLACE(EdgeData, type, cudaGraphEdgeData, type);
static_assert(sizeof(c::InstantiateParams) == sizeof(cudaGraphInstantiateParams));
SAME_PLACE(InstantiateParams, result, cudaGraphInstantiateParams, result_out);
static_assert(sizeof(c::UpdateResult) == sizeof(cudaGraphExecUpdateResultInfo));
static_assert(int{c::kChildNode} == cudaGraphNodeTypeGraph);
static_assert(int{c::kEmptyNode} == cudaGraphNodeTypeEmpty);
static_assert(int{c::kRelaxedCapture} == cudaStreamCaptureModeRelaxed);
static_assert(int{c::kCaptureBroken} == cudaStreamCaptureStatusInvalidated);
static_assert(c::kInstantiateForDevice == cudaGraphInstantiateFlagDeviceLaunch);
static_assert(int{c::kIllegalState} == cudaErrorIllegalState);
static_assert(int{c::kCaptureUnjoined} == cudaErrorStreamCaptureUnjoined);
static_assert(int{c::kCaptureWrongThread} == cudaErrorStreamCaptureWrongThread);
static_assert(int{c::kGraphUpdateFailure} == cudaErrorGraphExecUpdateFailure);
