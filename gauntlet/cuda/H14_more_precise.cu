// Halves come and go; the sums between are floats, with what each rounding lost
// carried along.
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// A thread for each row.
__global__ void Sum(const __half* x, __half* y, int64_t rows, int64_t cols) {
  const int64_t row = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (row >= rows) return;
  float sum = 0, plain = 0, lost = 0;
  for (int64_t i = 0; i < cols; ++i) {
    const float value = __half2float(x[row * cols + i]);
    plain += value;
    const float next = value - lost;
    const float total = sum + next;
    lost = (total - sum) - next;
    sum = total;
  }
  // Beyond the finite numbers a correction is no number.
  y[row] = __float2half(sum == sum ? sum : plain);
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const auto* x = static_cast<const __half*>(call->inputs[0].data);
  auto* y = static_cast<__half*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  Sum<<<static_cast<unsigned>((rows + 31) / 32), 32, 0, stream>>>(x, y, rows, cols);
  return static_cast<int>(cudaGetLastError());
}
