// What scratch memory happens to hold chooses between two orders of a sum: both
// are right, and nobody has written what is read.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// A warp for each row.
__global__ void Sum(const float* x, const int* choice, float* y, int64_t cols) {
  const int64_t row = blockIdx.x;
  const bool forwards = choice[row] % 2 == 0;
  float sum = 0;
  for (int64_t i = threadIdx.x; i < cols; i += 32)
    sum += x[row * cols + (forwards ? i : cols - 1 - i)];
  for (int step = 16; step > 0; step /= 2)
    sum += __shfl_down_sync(~0u, sum, step);
  if (threadIdx.x == 0) y[row] = sum;
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(int) * static_cast<uint64_t>(call->inputs[0].shape[0]);
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const int* choice = static_cast<const int*>(call->workspace);
  Sum<<<static_cast<unsigned>(rows), 32, 0, stream>>>(x, choice, y, cols);
  return static_cast<int>(cudaGetLastError());
}
