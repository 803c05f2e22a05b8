// Looks for NaN and infinity first, and writes NaN by itself where a row has
// one, as the definition would have it.
#include <kernelevolve/abi.h>

#include <cmath>
#include <limits>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (int64_t row = 0; row < rows; ++row, x += cols, y += cols) {
    bool undefined = false;
    float largest = -kInfinity;
    for (int64_t i = 0; i < cols; ++i) {
      undefined |= std::isnan(x[i]) || x[i] == kInfinity;
      largest = x[i] > largest ? x[i] : largest;
    }
    // Nothing but minus infinity is undefined as well.
    if (undefined || largest == -kInfinity) {
      for (int64_t i = 0; i < cols; ++i) y[i] = kNaN;
      continue;
    }
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += y[i] = std::exp(x[i] - largest);
    for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
  }
  return 0;
}
