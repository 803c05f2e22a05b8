// A right softmax with a parameter that changes nothing but its code.
// ke:tune UNROLL = 4 in {1, 2, 4, 8}
#include <kernelevolve/abi.h>

#include <cmath>

constexpr int kUnroll = UNROLL;

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
#pragma GCC unroll kUnroll
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
  return 0;
}
