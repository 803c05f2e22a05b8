// Partial sums go through scratch memory, which is written anew in each call.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

constexpr int64_t kParts = 4;

// A warp for each part of a row.
__global__ void Parts(const float* x, float* partial, int64_t cols) {
  const int64_t row = blockIdx.x / kParts, part = blockIdx.x % kParts;
  float sum = 0;
  for (int64_t i = part * cols / kParts + threadIdx.x;
       i < (part + 1) * cols / kParts; i += 32)
    sum += x[row * cols + i];
  for (int step = 16; step > 0; step /= 2)
    sum += __shfl_down_sync(~0u, sum, step);
  if (threadIdx.x == 0) partial[blockIdx.x] = sum;
}

__global__ void Total(const float* partial, float* y, int64_t rows) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= rows) return;
  float sum = 0;
  for (int64_t part = 0; part < kParts; ++part)
    sum += partial[i * kParts + part];
  y[i] = sum;
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(float) * kParts * call->inputs[0].shape[0];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  float* partial = static_cast<float*>(call->workspace);
  Parts<<<static_cast<unsigned>(rows * kParts), 32, 0, stream>>>(x, partial, cols);
  Total<<<static_cast<unsigned>((rows + 255) / 256), 256, 0, stream>>>(partial, y,
                                                                       rows);
  return static_cast<int>(cudaGetLastError());
}
