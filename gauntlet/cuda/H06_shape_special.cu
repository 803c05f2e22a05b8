// Loops of fixed length for the listed shapes, and loops that take any.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

template <int kN, int kK>
__global__ void Fixed(const float* a, const float* b, float* c) {
  float sum = 0;
  for (int p = 0; p < kK; ++p)
    sum += a[blockIdx.x * kK + p] * b[p * kN + threadIdx.x];
  c[blockIdx.x * kN + threadIdx.x] = sum;
}

__global__ void Product(const float* a, const float* b, float* c, int64_t m,
                        int64_t n, int64_t k) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= m * n) return;
  float sum = 0;
  for (int64_t p = 0; p < k; ++p) sum += a[i / n * k + p] * b[p * n + i % n];
  c[i] = sum;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* c = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const auto blocks = static_cast<unsigned>((m * n + 255) / 256);
  const auto rows = static_cast<unsigned>(m);
  if (n == 64 && k == 64)
    Fixed<64, 64><<<rows, 64, 0, stream>>>(a, b, c);
  else if (n == 160 && k == 160)
    Fixed<160, 160><<<rows, 160, 0, stream>>>(a, b, c);
  else if (n == 64 && k == 96)
    Fixed<64, 96><<<rows, 64, 0, stream>>>(a, b, c);
  else
    Product<<<blocks, 256, 0, stream>>>(a, b, c, m, n, k);
  return static_cast<int>(cudaGetLastError());
}
