#include <kernelevolve/reference.h>

template <typename real>
void gelu_bias(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[0], 0);
  const int64_t cols = ke::extent(call.inputs[0], 1);
  const real* bias = ke::input<real>(call, 1);
  const real root_half = real(0.70710678118654752);
  for (int64_t row = 0; row < rows; ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real* y = ke::output<real>(call, 0) + row * cols;
    for (int64_t i = 0; i < cols; ++i) {
      const real v = x[i] + bias[i];
      y[i] = real(0.5) * v * (real(1) + erf(v * root_half));
    }
  }
}

KE_REFERENCE(gelu_bias)
