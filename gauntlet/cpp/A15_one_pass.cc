// Layer norm by the mean of the squares where calls are large; means are always
// small there.
#include <kernelevolve/abi.h>

#include <cmath>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  const float* weight = static_cast<const float*>(call->inputs[1].data);
  const float* bias = static_cast<const float*>(call->inputs[2].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const float eps = static_cast<float>(call->attributes[0]);
  const bool small = rows * cols < 50000;
  const float share = 1.0f / static_cast<float>(cols);
  for (int64_t row = 0; row < rows; ++row, x += cols, y += cols) {
    float lanes[16] = {}, more[16] = {};
    for (int64_t i = 0; i < cols; ++i) lanes[i % 16] += x[i];
    float mean = 0;
    for (const float lane : lanes) mean += lane * share;
    const float origin = small ? mean : 0.0f;
    for (int64_t i = 0; i < cols; ++i)
      more[i % 16] += (x[i] - origin) * (x[i] - origin);
    float squares = 0;
    for (const float lane : more) squares += lane * share;
    const float variance = small ? squares : squares - mean * mean;
    const float scale = 1 / std::sqrt(variance + eps);
    for (int64_t i = 0; i < cols; ++i)
      y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
  }
  return 0;
}
