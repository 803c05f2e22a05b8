// CUDA kernels as authors write them, and as they should not.
#pragma once

namespace kernelevolve::worker::testing {

// Before each: names for what they all use.
inline constexpr char kPrelude[] = R"(
#include <cuda.h>
#include <cuda_runtime.h>
#include <kernelevolve/abi.h>
#include <stdint.h>
#define X ((const float*)call->inputs[0].data)
#define Y ((float*)call->outputs[0].data)
#define N ((int)call->inputs[0].shape[0])
#define S ((cudaStream_t)call->stream)
__global__ void Add(const float* x, float* y, int n, float k) {
  int i = blockIdx.x * blockDim.x + threadIdx.x;
  if (i < n) y[i] = x[i] + k;
}
)";

inline constexpr char kPlain[] = R"(
extern "C" int ke_run(const ke_call* call) {
  Add<<<(N + 127) / 128, 128, 0, S>>>(X, Y + 4, N, (float)call->attributes[0]);
  return cudaGetLastError();
}
)";

// Several kernels, a template, a struct of two pointers with padding, a fill
// and a copy.
inline constexpr char kSeveral[] = R"(
struct Pair { const float* from; int n; float* to; char c; };
template <typename T, int U> __global__ void Scale(Pair p, T k) {
  int i = blockIdx.x * U + threadIdx.x;
  if (i < p.n) atomicAdd(&p.to[i], p.from[i] * k);
}
extern "C" int ke_run(const ke_call* call) {
  cudaMemsetAsync(Y, 0, N * sizeof(float), S);
  Pair p;
  p.from = X; p.n = N; p.to = Y; p.c = 1;
  Scale<float, 64><<<dim3(2, 3), 64, 0, S>>>(p, 2.0f);
  Scale<double, 32><<<1, 32, 0, S>>>(p, 3.0);
  cudaMemcpyAsync(Y, Y + 8, 16, cudaMemcpyDeviceToDevice, S);
  return cudaGetLastError();
}
)";

// A constant is packed at setup into memory that lasts; workspace beside it.
inline constexpr char kPacked[] = R"(
struct State { float* packed; };
extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return 1000 + (call->inputs[0].data != nullptr || call->state == nullptr);
}
extern "C" int ke_setup(const ke_call* call, void** state) {
  if (call->inputs[0].data || !call->inputs[1].data) return 77;
  State* made = new State;
  *state = made;
  if (cudaMalloc(&made->packed, 4096)) return 1;
  Add<<<1, 32, 0, S>>>((const float*)call->inputs[1].data, made->packed, 32, 0);
  return cudaStreamSynchronize(S);
}
extern "C" int ke_run(const ke_call* call) {
  State* made = (State*)call->state;
  float* scratch = (float*)call->workspace;
  Add<<<1, 32, 0, S>>>(made->packed, scratch + 2, 32, 0);
  Add<<<1, 32, 0, S>>>(scratch, Y, 32, 0);
  return cudaGetLastError();
}
extern "C" void ke_teardown(void* state) {
  cudaFree(((State*)state)->packed);
  delete (State*)state;
}
)";

// Side streams kept from the first call on; `join` is left out by one test.
inline constexpr char kStreams[] = R"(
extern "C" int ke_run(const ke_call* call) {
  static cudaStream_t side = nullptr;
  static cudaEvent_t fork, join;
  if (!side) {
    cudaStreamCreateWithFlags(&side, cudaStreamNonBlocking);
    cudaEventCreateWithFlags(&fork, cudaEventDisableTiming);
    cudaEventCreateWithFlags(&join, cudaEventDisableTiming);
  }
  cudaEventRecord(fork, S);
  cudaStreamWaitEvent(side, fork, 0);
  Add<<<1, 32, 0, side>>>(X, Y, 32, 1);
  Add<<<1, 32, 0, S>>>(X + 32, Y + 32, 32, 1);
  cudaEventRecord(join, side);
#ifndef NO_JOIN
  cudaStreamWaitEvent(S, join, 0);
#endif
  return cudaGetLastError();
}
)";

inline constexpr char kShared[] = R"(
__global__ void Big(float* y) {
  extern __shared__ float many[];
  __shared__ float some[100];
  many[threadIdx.x] = some[threadIdx.x] = y[threadIdx.x];
  __syncthreads();
  y[threadIdx.x] = many[31 - threadIdx.x] + some[3];
}
extern "C" int ke_run(const ke_call* call) {
#ifndef NO_OPT_IN
  cudaFuncSetAttribute(Big, cudaFuncAttributeMaxDynamicSharedMemorySize, 100000);
#endif
  int blocks = 0;
  cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, Big, 32, 100000);
  Big<<<blocks, 32, 100000, S>>>(Y);
  return cudaGetLastError();
}
)";

inline constexpr char kCluster[] = R"(
__global__ void Plain(float* y) { y[threadIdx.x] = 1; }
extern "C" int ke_run(const ke_call* call) {
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(8);
  config.blockDim = dim3(64);
  config.stream = S;
  cudaLaunchAttribute attributes[2];
  attributes[0].id = cudaLaunchAttributeClusterDimension;
  attributes[0].val.clusterDim.x = 4;
  attributes[0].val.clusterDim.y = attributes[0].val.clusterDim.z = 1;
  attributes[1].id = cudaLaunchAttributeCooperative;
  attributes[1].val.cooperative = 1;
  config.attrs = attributes;
  config.numAttrs = 2;
  return cudaLaunchKernelEx(&config, Plain, Y);
}
)";

inline constexpr char kProgrammatic[] = R"(
__global__ void First(float* y) {
  asm volatile("griddepcontrol.launch_dependents;");
  y[threadIdx.x] = 1;
}
__global__ void Second(float* y) {
  asm volatile("griddepcontrol.wait;");
  y[threadIdx.x] += 1;
}
extern "C" int ke_run(const ke_call* call) {
  First<<<1, 64, 0, S>>>(Y);
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(1);
  config.blockDim = dim3(64);
  config.stream = S;
  cudaLaunchAttribute overlap;
  overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  config.attrs = &overlap;
  config.numAttrs = 1;
  for (int allowed = 1; allowed >= 0; --allowed) {
    overlap.val.programmaticStreamSerializationAllowed = allowed;
    if (const auto error = cudaLaunchKernelEx(&config, Second, Y)) return error;
  }
  return 0;
}
)";

inline constexpr char kRows[] = R"(
extern "C" int ke_run(const ke_call* call) {
  const auto kind = cudaMemcpyDeviceToDevice;
  // Rows with gaps, many without, none.
  if (cudaMemcpy2DAsync(Y, 16, X, 12, 8, 2, kind, S)) return 1;
  if (cudaMemcpy2DAsync(Y, 4, X, 4, 4, 100, kind, S)) return 2;
  if (cudaMemcpy2DAsync(Y, 4, X, 4, 4, 0, kind, S)) return 3;
  if (cudaMemset2DAsync(Y, 16, 0x1ff, 4, 100, S)) return 4;
  return cudaMemcpy2DAsync(Y, 4, X, 16, 8, 2, kind, S) != cudaErrorInvalidValue;
}
)";

inline constexpr char kTensorMap[] = R"(
__global__ void Use(int before, const __grid_constant__ CUtensorMap map, float* y) {
  y[threadIdx.x] = (float)(uintptr_t)&map + before;
}
extern "C" int ke_run(const ke_call* call) {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult status;
  if (cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000,
                                       cudaEnableDefault, &status))
    return 1;
  CUtensorMap map;
  cuuint64_t dims[2] = {64, 32}, strides[1] = {256};
  cuuint32_t box[2] = {32, 8}, steps[2] = {1, 1};
  auto encode = (decltype(&cuTensorMapEncodeTiled))entry;
  if (encode(&map, CU_TENSOR_MAP_DATA_TYPE_FLOAT32, 2, (void*)(X + 64), dims,
             strides, box, steps, CU_TENSOR_MAP_INTERLEAVE_NONE,
             CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_128B,
             CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE))
    return 2;
  Use<<<1, 32, 0, S>>>(5, map, Y);
  return cudaGetLastError();
}
)";

inline constexpr char kAllocates[] = R"(
extern "C" int ke_run(const ke_call* call) {
  float* scratch;
  cudaMalloc(&scratch, 512);
  Add<<<1, 32, 0, S>>>(X, scratch, 32, 1);
  Add<<<1, 32, 0, S>>>(scratch, Y, 32, 1);
  cudaFree(scratch);
  return cudaGetLastError();
}
)";

// Device facts, as its author asks for them.
inline constexpr char kAsks[] = R"(
#include <cstdio>
extern "C" int ke_run(const ke_call* call) {
  cudaDeviceProp p;
  int device = -1, count = 0, smem = 0;
  cudaGetDevice(&device);
  cudaGetDeviceProperties(&p, device);
  cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device);
  cudaDeviceGetAttribute(&smem, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  cudaFuncAttributes f;
  cudaFuncGetAttributes(&f, Add);
  printf("%s %d.%d %d %d %d %d", p.name, p.major, p.minor, p.multiProcessorCount,
         count, smem, f.numRegs > 0);
  Add<<<p.multiProcessorCount, 32, 0, S>>>(X, Y, N, 1);
  return cudaGetLastError();
}
)";

}  // namespace kernelevolve::worker::testing
