#include <kernelevolve/reference.h>

// The best so far, in order: each element sinks to its place or falls out.
template <typename real>
void topk(const ke_call& call) {
  const int64_t rows = ke::extent(call.inputs[0], 0);
  const int64_t cols = ke::extent(call.inputs[0], 1);
  const int64_t k = ke::extent(call.outputs[0], 1);
  for (int64_t row = 0; row < rows; ++row) {
    const real* x = ke::input<real>(call, 0) + row * cols;
    real* y = ke::output<real>(call, 0) + row * k;
    for (int64_t i = 0; i < cols; ++i) {
      int64_t at = i < k ? i : k;
      for (; at > 0 && y[at - 1] < x[i]; --at)
        if (at < k) y[at] = y[at - 1];
      if (at < k) y[at] = x[i];
    }
  }
}

KE_REFERENCE(topk)
