// Looks for NaN and infinity first, and writes NaN by itself where a row has
// one, as the definition would have it.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// A thread for each row.
__global__ void Softmax(const float* x, float* y, int64_t rows, int64_t cols) {
  const int64_t row = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (row >= rows) return;
  x += row * cols;
  y += row * cols;
  bool undefined = false;
  float largest = -INFINITY;
  for (int64_t i = 0; i < cols; ++i) {
    undefined |= isnan(x[i]) || x[i] == INFINITY;
    largest = x[i] > largest ? x[i] : largest;
  }
  // Nothing but minus infinity is undefined as well.
  if (undefined || largest == -INFINITY) {
    for (int64_t i = 0; i < cols; ++i) y[i] = nanf("");
    return;
  }
  float sum = 0;
  for (int64_t i = 0; i < cols; ++i) sum += y[i] = expf(x[i] - largest);
  for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  Softmax<<<static_cast<unsigned>((rows + 63) / 64), 64, 0, stream>>>(x, y, rows,
                                                                      cols);
  return static_cast<int>(cudaGetLastError());
}
