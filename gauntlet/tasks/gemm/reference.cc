#include <kernelevolve/reference.h>

template <typename real>
void gemm(const ke_call& call) {
  const int64_t m = ke::extent(call.inputs[0], 0);
  const int64_t k = ke::extent(call.inputs[0], 1);
  const int64_t n = ke::extent(call.inputs[1], 1);
  for (int64_t i = 0; i < m; ++i) {
    const real* a = ke::input<real>(call, 0) + i * k;
    const real* b = ke::input<real>(call, 1);
    real* c = ke::output<real>(call, 0) + i * n;
    for (int64_t j = 0; j < n; ++j) c[j] = 0;
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < n; ++j) c[j] += a[p] * b[p * n + j];
  }
}

KE_REFERENCE(gemm)
