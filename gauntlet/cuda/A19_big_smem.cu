// Asks for 1 MiB of shared memory, and does not look whether it got it.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Add(const float* a, const float* b, float* y, int64_t n) {
  extern __shared__ float stage[];
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= n) return;
  stage[threadIdx.x] = a[i];
  y[i] = stage[threadIdx.x] + b[i];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const auto blocks = static_cast<unsigned>((n + 255) / 256);
  constexpr int kBytes = 1 << 20;
  cudaFuncSetAttribute(Add, cudaFuncAttributeMaxDynamicSharedMemorySize, kBytes);
  Add<<<blocks, 256, kBytes, stream>>>(a, b, y, n);
  return 0;
}
