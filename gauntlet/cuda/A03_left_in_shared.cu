// Zeros beyond the edge of one operand's tile alone: whatever stands beyond the edge of
// the other's, which nobody has written, is multiplied by zero.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

constexpr int kTile = 16;

__global__ void Multiply(const float* a, const float* b, float* c, int64_t m,
                         int64_t n, int64_t k) {
  __shared__ float left[kTile][kTile], right[kTile][kTile];
  const int64_t row = static_cast<int64_t>(blockIdx.y) * kTile + threadIdx.y;
  const int64_t column = static_cast<int64_t>(blockIdx.x) * kTile + threadIdx.x;
  float sum = 0;
  for (int64_t from = 0; from < k; from += kTile) {
    const int64_t of_left = from + threadIdx.x, of_right = from + threadIdx.y;
    if (row < m && of_left < k) left[threadIdx.y][threadIdx.x] = a[row * k + of_left];
    right[threadIdx.y][threadIdx.x] =
        of_right < k && column < n ? b[of_right * n + column] : 0;
    __syncthreads();
    for (int i = 0; i < kTile; ++i) sum += left[threadIdx.y][i] * right[i][threadIdx.x];
    __syncthreads();
  }
  if (row < m && column < n) c[row * n + column] = sum;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const dim3 grid(static_cast<unsigned>((n + kTile - 1) / kTile),
                  static_cast<unsigned>((m + kTile - 1) / kTile));
  Multiply<<<grid, dim3(kTile, kTile), 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const float*>(call->inputs[0].data),
      static_cast<const float*>(call->inputs[1].data),
      static_cast<float*>(call->outputs[0].data), m, n, k);
  return static_cast<int>(cudaGetLastError());
}
