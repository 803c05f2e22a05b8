// A warp's barrier for all its threads but the one that calls it.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// A warp for each row.
__global__ void Sum(const float* x, float* y, int64_t cols) {
  __shared__ float sums[32];
  const int64_t row = blockIdx.x;
  float sum = 0;
  for (int64_t i = threadIdx.x; i < cols; i += 32) sum += x[row * cols + i];
  sums[threadIdx.x] = sum;
  __syncthreads();
  __syncwarp(threadIdx.x < 16 ? 0xffff0000 : 0x0000ffff);
  if (threadIdx.x != 0) return;
  for (int i = 1; i < 32; ++i) sum += sums[i];
  y[row] = sum;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  Sum<<<static_cast<unsigned>(rows), 32, 0, stream>>>(x, y, cols);
  return static_cast<int>(cudaGetLastError());
}
