#include <kernelevolve/reference.h>

template <typename real>
void softmax_rows(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[0], 0);
  const int64_t cols = ke::extent(call.inputs[0], 1);
  for (int64_t row = 0; row < rows; ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real* y = ke::output<real>(call, 0) + row * cols;
    real largest = x[0];
    for (int64_t i = 1; i < cols; ++i) largest = max(largest, x[i]);
    real sum = 0;
    for (int64_t i = 0; i < cols; ++i) {
      y[i] = exp(x[i] - largest);
      sum += y[i];
    }
    for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
  }
}

KE_REFERENCE(softmax_rows)
