// Our declarations of the driver's API against NVIDIA's own header, where the
// machine that builds has it.
#include "worker/gpu/driver/cuda_types.h"

#include <gtest/gtest.h>

#if __has_include(<cuda.h>)
#include <cuda.h>
#endif

#include <vector>

#include "worker/gpu/driver/driver.h"

namespace kernelevolve::worker::gpu {
namespace {

#ifdef CUDA_VERSION

template <typename Function>
struct Shape;
template <typename Returned, typename... Parameters>
struct Shape<Returned (*)(Parameters...)> {
  static std::vector<size_t> Sizes() {
    return {sizeof(Returned), sizeof(Parameters)...};
  }
};

TEST(CudaTypes, FunctionsTakeParametersOfTheSameSizes) {
#define KE_COMPARE(member, symbol, parameters)                \
  EXPECT_EQ(Shape<decltype(DriverTable::member)>::Sizes(),    \
            Shape<decltype(&::symbol)>::Sizes())              \
      << #symbol;
  KE_CUDA_ENTRY_POINTS(KE_COMPARE)
#undef KE_COMPARE
}

#define KE_SAME_SIZE(ours, theirs) EXPECT_EQ(sizeof(ours), sizeof(theirs))
#define KE_SAME_PLACE(ours, member, theirs, field) \
  EXPECT_EQ(offsetof(ours, member), offsetof(theirs, field))

TEST(CudaTypes, MemoryStructuresAreLaidOutAlike) {
  KE_SAME_SIZE(CuUuid, CUuuid);
  KE_SAME_SIZE(CuAddress, CUdeviceptr);
  KE_SAME_SIZE(CuMemHandle, CUmemGenericAllocationHandle);
  KE_SAME_SIZE(CuMemLocation, CUmemLocation);
  KE_SAME_SIZE(CuMemAllocationProp, CUmemAllocationProp);
  KE_SAME_PLACE(CuMemAllocationProp, requested_handle_types,
                CUmemAllocationProp, requestedHandleTypes);
  KE_SAME_PLACE(CuMemAllocationProp, location, CUmemAllocationProp, location);
  KE_SAME_PLACE(CuMemAllocationProp, flags, CUmemAllocationProp, allocFlags);
  KE_SAME_SIZE(CuMemAccessDesc, CUmemAccessDesc);
  KE_SAME_PLACE(CuMemAccessDesc, flags, CUmemAccessDesc, flags);
  KE_SAME_SIZE(CuMemcpy2D, CUDA_MEMCPY2D);
  KE_SAME_PLACE(CuMemcpy2D, from_type, CUDA_MEMCPY2D, srcMemoryType);
  KE_SAME_PLACE(CuMemcpy2D, from, CUDA_MEMCPY2D, srcDevice);
  KE_SAME_PLACE(CuMemcpy2D, from_pitch, CUDA_MEMCPY2D, srcPitch);
  KE_SAME_PLACE(CuMemcpy2D, to_type, CUDA_MEMCPY2D, dstMemoryType);
  KE_SAME_PLACE(CuMemcpy2D, to, CUDA_MEMCPY2D, dstDevice);
  KE_SAME_PLACE(CuMemcpy2D, to_pitch, CUDA_MEMCPY2D, dstPitch);
  KE_SAME_PLACE(CuMemcpy2D, bytes, CUDA_MEMCPY2D, WidthInBytes);
  KE_SAME_PLACE(CuMemcpy2D, rows, CUDA_MEMCPY2D, Height);
  EXPECT_EQ(kMemoryTypeDevice, static_cast<int>(CU_MEMORYTYPE_DEVICE));
  KE_SAME_SIZE(CuTensorMap, CUtensorMap);
  EXPECT_EQ(alignof(CuTensorMap) % alignof(CUtensorMap), 0u);
}

TEST(CudaTypes, LaunchStructuresAreLaidOutAlike) {
  KE_SAME_SIZE(CuLaunchAttributeValue, CUlaunchAttributeValue);
  KE_SAME_SIZE(CuLaunchAttribute, CUlaunchAttribute);
  KE_SAME_PLACE(CuLaunchAttribute, value, CUlaunchAttribute, value);
  EXPECT_EQ(int{kLaunchProgrammaticSerialization},
            CU_LAUNCH_ATTRIBUTE_PROGRAMMATIC_STREAM_SERIALIZATION);
  KE_SAME_SIZE(CuLaunchConfig, CUlaunchConfig);
  KE_SAME_PLACE(CuLaunchConfig, block_z, CUlaunchConfig, blockDimZ);
  KE_SAME_PLACE(CuLaunchConfig, shared_bytes, CUlaunchConfig, sharedMemBytes);
  KE_SAME_PLACE(CuLaunchConfig, stream, CUlaunchConfig, hStream);
  KE_SAME_PLACE(CuLaunchConfig, attributes, CUlaunchConfig, attrs);
  KE_SAME_PLACE(CuLaunchConfig, attribute_count, CUlaunchConfig, numAttrs);
}

TEST(CudaTypes, ResultsHaveTheDriversValues) {
  EXPECT_EQ(int{kCudaOutOfMemory}, CUDA_ERROR_OUT_OF_MEMORY);
  EXPECT_EQ(int{kCudaStubLibrary}, CUDA_ERROR_STUB_LIBRARY);
  EXPECT_EQ(int{kCudaDeviceUnavailable}, CUDA_ERROR_DEVICE_UNAVAILABLE);
  EXPECT_EQ(int{kCudaInvalidImage}, CUDA_ERROR_INVALID_IMAGE);
  EXPECT_EQ(int{kCudaNoBinaryForGpu}, CUDA_ERROR_NO_BINARY_FOR_GPU);
  EXPECT_EQ(int{kCudaEccUncorrectable}, CUDA_ERROR_ECC_UNCORRECTABLE);
  EXPECT_EQ(int{kCudaNvlinkUncorrectable}, CUDA_ERROR_NVLINK_UNCORRECTABLE);
  EXPECT_EQ(int{kCudaContained}, CUDA_ERROR_CONTAINED);
  EXPECT_EQ(int{kCudaNotFound}, CUDA_ERROR_NOT_FOUND);
  EXPECT_EQ(int{kCudaIllegalAddress}, CUDA_ERROR_ILLEGAL_ADDRESS);
  EXPECT_EQ(int{kCudaLaunchTimeout}, CUDA_ERROR_LAUNCH_TIMEOUT);
  EXPECT_EQ(int{kCudaContextIsDestroyed}, CUDA_ERROR_CONTEXT_IS_DESTROYED);
  EXPECT_EQ(int{kCudaAssert}, CUDA_ERROR_ASSERT);
  EXPECT_EQ(int{kCudaHardwareStackError}, CUDA_ERROR_HARDWARE_STACK_ERROR);
  EXPECT_EQ(int{kCudaIllegalInstruction}, CUDA_ERROR_ILLEGAL_INSTRUCTION);
  EXPECT_EQ(int{kCudaMisalignedAddress}, CUDA_ERROR_MISALIGNED_ADDRESS);
  EXPECT_EQ(int{kCudaInvalidAddressSpace}, CUDA_ERROR_INVALID_ADDRESS_SPACE);
  EXPECT_EQ(int{kCudaInvalidPc}, CUDA_ERROR_INVALID_PC);
  EXPECT_EQ(int{kCudaLaunchFailed}, CUDA_ERROR_LAUNCH_FAILED);
  EXPECT_EQ(int{kCudaTensorMemoryLeak}, 721);  // newer than some headers
  EXPECT_EQ(int{kCudaNotSupported}, CUDA_ERROR_NOT_SUPPORTED);
  EXPECT_EQ(int{kCudaSystemNotReady}, CUDA_ERROR_SYSTEM_NOT_READY);
  EXPECT_EQ(int{kCudaExternalDevice}, CUDA_ERROR_EXTERNAL_DEVICE);
}

TEST(CudaTypes, AttributesAndFlagsHaveTheDriversValues) {
#define KE_SAME_ATTRIBUTE(ours, theirs) \
  EXPECT_EQ(int{ours}, CU_DEVICE_ATTRIBUTE_##theirs)
  KE_SAME_ATTRIBUTE(kMaxSharedPerBlock, MAX_SHARED_MEMORY_PER_BLOCK);
  KE_SAME_ATTRIBUTE(kMultiprocessorCount, MULTIPROCESSOR_COUNT);
  KE_SAME_ATTRIBUTE(kL2Bytes, L2_CACHE_SIZE);
  KE_SAME_ATTRIBUTE(kMaxThreadsPerMultiprocessor,
                    MAX_THREADS_PER_MULTIPROCESSOR);
  KE_SAME_ATTRIBUTE(kCapabilityMajor, COMPUTE_CAPABILITY_MAJOR);
  KE_SAME_ATTRIBUTE(kMaxSharedPerMultiprocessor,
                    MAX_SHARED_MEMORY_PER_MULTIPROCESSOR);
  KE_SAME_ATTRIBUTE(kMaxRegistersPerMultiprocessor,
                    MAX_REGISTERS_PER_MULTIPROCESSOR);
  KE_SAME_ATTRIBUTE(kMaxSharedPerBlockOptin,
                    MAX_SHARED_MEMORY_PER_BLOCK_OPTIN);
  KE_SAME_ATTRIBUTE(kVirtualMemorySupported,
                    VIRTUAL_MEMORY_MANAGEMENT_SUPPORTED);
  KE_SAME_ATTRIBUTE(kPosixHandleSupported,
                    HANDLE_TYPE_POSIX_FILE_DESCRIPTOR_SUPPORTED);
  KE_SAME_ATTRIBUTE(kClusterLaunch, CLUSTER_LAUNCH);
  EXPECT_EQ(int{kMaxDynamicSharedBytes},
            CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES);
  EXPECT_EQ(int{kNonPortableClusterAllowed},
            CU_FUNC_ATTRIBUTE_NON_PORTABLE_CLUSTER_SIZE_ALLOWED);
  EXPECT_EQ(int{kLaunchCooperative}, CU_LAUNCH_ATTRIBUTE_COOPERATIVE);
  EXPECT_EQ(int{kLaunchClusterDimension},
            CU_LAUNCH_ATTRIBUTE_CLUSTER_DIMENSION);
  EXPECT_EQ(unsigned{kScheduleSpin}, unsigned{CU_CTX_SCHED_SPIN});
  EXPECT_EQ(unsigned{kScheduleBlockingSync},
            unsigned{CU_CTX_SCHED_BLOCKING_SYNC});
  EXPECT_EQ(kStreamNonBlocking, unsigned{CU_STREAM_NON_BLOCKING});
  EXPECT_EQ(kEventDisableTiming, unsigned{CU_EVENT_DISABLE_TIMING});
  EXPECT_EQ(kCaptureModeRelaxed, CU_STREAM_CAPTURE_MODE_RELAXED);
  EXPECT_EQ(int{kJitErrorLogBuffer}, CU_JIT_ERROR_LOG_BUFFER);
  EXPECT_EQ(int{kJitErrorLogBufferBytes}, CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES);
  EXPECT_EQ(int{kMemReadWrite}, CU_MEM_ACCESS_FLAGS_PROT_READWRITE);
  EXPECT_EQ(int{kMemHandlePosixFd}, CU_MEM_HANDLE_TYPE_POSIX_FILE_DESCRIPTOR);
}

#else

TEST(CudaTypes, AreComparedWithTheRealHeader) {
  GTEST_SKIP() << "no cuda.h on this machine";
}

#endif

}  // namespace
}  // namespace kernelevolve::worker::gpu
