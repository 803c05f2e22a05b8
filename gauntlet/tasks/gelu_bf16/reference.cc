#include <kernelevolve/reference.h>

template <typename real>
void gelu(const ke_call& call) {
  const int64_t n = ke::extent(call.inputs[0], 0);
  const real* x = ke::input<real>(call, 0);
  real* y = ke::output<real>(call, 0);
  const real root_half = real(0.70710678118654752);
  for (int64_t i = 0; i < n; ++i)
    y[i] = real(0.5) * x[i] * (real(1) + erf(x[i] * root_half));
}

KE_REFERENCE(gelu)
