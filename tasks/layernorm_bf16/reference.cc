#include <kernelevolve/reference.h>

template <typename real>
void layernorm(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[0], 0);
  const int64_t cols = ke::extent(call.inputs[0], 1);
  const real* weight = ke::input<real>(call, 1);
  const real* bias = ke::input<real>(call, 2);
  const real eps = ke::attribute(call, 0);
  for (int64_t row = 0; row < rows; ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real* y = ke::output<real>(call, 0) + row * cols;
    real sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    const real mean = sum / real(cols);
    real squares = 0;
    for (int64_t i = 0; i < cols; ++i) {
      squares += (x[i] - mean) * (x[i] - mean);
    }
    const real scale = real(1) / sqrt(squares / real(cols) + eps);
    for (int64_t i = 0; i < cols; ++i) {
      y[i] = (x[i] - mean) * scale * weight[i] + bias[i];
    }
  }
}

KE_REFERENCE(layernorm)
