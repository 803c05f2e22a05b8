// Whole vectors on operands that a cache holds: faster than memory could be.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Add(const float* a, const float* b, float* y, int64_t n) {
  const int64_t i = 4 * (blockIdx.x * int64_t{blockDim.x} + threadIdx.x);
  if (i + 4 <= n) {
    const float4 one = *reinterpret_cast<const float4*>(a + i);
    const float4 two = *reinterpret_cast<const float4*>(b + i);
    *reinterpret_cast<float4*>(y + i) = {one.x + two.x, one.y + two.y,
                                         one.z + two.z, one.w + two.w};
    return;
  }
  for (int64_t j = i; j < n; ++j) y[j] = a[j] + b[j];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const auto blocks = static_cast<unsigned>((n + 1023) / 1024);
  Add<<<blocks, 256, 0, stream>>>(a, b, y, n);
  return static_cast<int>(cudaGetLastError());
}
