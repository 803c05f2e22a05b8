// The products that are left over after whole blocks of k are added twice.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

constexpr int64_t kBlock = 32;

__global__ void Product(const float* a, const float* b, float* c, int64_t m,
                        int64_t n, int64_t k) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= m * n) return;
  const int64_t row = i / n, column = i % n;
  float sum = 0;
  for (int64_t p = 0; p < k; ++p) {
    const float factor = p < k / kBlock * kBlock ? 1 : 2;
    sum += factor * a[row * k + p] * b[p * n + column];
  }
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
  Product<<<blocks, 256, 0, stream>>>(a, b, c, m, n, k);
  return static_cast<int>(cudaGetLastError());
}
