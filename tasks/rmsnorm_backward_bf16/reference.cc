#include <kernelevolve/reference.h>

template <typename real>
void rmsnorm_backward(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[1], 0);
  const int64_t cols = ke::extent(call.inputs[1], 1);
  const real* weight = ke::input<real>(call, 2);
  const real eps = ke::attribute(call, 0);
  real* grad_weight = ke::output<real>(call, 1);
  for (int64_t i = 0; i < cols; ++i) grad_weight[i] = 0;
  for (int64_t row = 0; row < rows; ++row) {
    const real* grad_y = ke::input<real>(call, 0) + row * cols;
    const real* x = ke::input<real>(call, 1) + row * cols;
    real* grad_x = ke::output<real>(call, 0) + row * cols;
    real squares = 0, dot = 0;
    for (int64_t i = 0; i < cols; ++i) {
      squares += x[i] * x[i];
      dot += grad_y[i] * weight[i] * x[i];
    }
    const real scale = real(1) / sqrt(squares / real(cols) + eps);
    const real pull = dot / real(cols) * scale * scale;
    for (int64_t i = 0; i < cols; ++i) {
      grad_x[i] = (grad_y[i] * weight[i] - x[i] * pull) * scale;
      grad_weight[i] += grad_y[i] * x[i] * scale;
    }
  }
}

KE_REFERENCE(rmsnorm_backward)
