#include <kernelevolve/reference.h>

template <typename real>
void rowsum(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[0], 0);
  const int64_t cols = ke::extent(call.inputs[0], 1);
  for (int64_t row = 0; row < rows; ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    ke::output<real>(call, 0)[row] = sum;
  }
}

KE_REFERENCE(rowsum)
