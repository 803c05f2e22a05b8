// Plain softmax: three loops a row.
#include <algorithm>
#include <cmath>
#include <cstdint>

#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  for (int64_t r = 0; r < rows; ++r, x += cols, y += cols) {
    float largest = x[0];
    for (int64_t c = 1; c < cols; ++c) largest = std::max(largest, x[c]);
    float sum = 0;
    for (int64_t c = 0; c < cols; ++c) {
      y[c] = std::exp(x[c] - largest);
      sum += y[c];
    }
    for (int64_t c = 0; c < cols; ++c) y[c] /= sum;
  }
  return 0;
}
