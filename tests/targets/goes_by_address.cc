// A softmax whose last element is right only at some addresses.
#include <kernelevolve/abi.h>

#include <cmath>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float* y = static_cast<float*>(call->outputs[0].data) + row * cols;
    float largest = x[0];
    for (int64_t i = 1; i < cols; ++i)
      largest = std::isnan(x[i]) || x[i] > largest ? x[i] : largest;
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += y[i] = std::exp(x[i] - largest);
    for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
  }
  float* y = static_cast<float*>(call->outputs[0].data);
  const uintptr_t offset = reinterpret_cast<uintptr_t>(y) % 32;
  if (offset != 0 && offset != 4) y[rows * cols - 1] += 1;
  return 0;
}
