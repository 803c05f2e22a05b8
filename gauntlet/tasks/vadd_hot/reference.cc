#include <kernelevolve/reference.h>

template <typename real>
void vadd(const ke_call& call) {
  const real* a = ke::input<real>(call, 0);
  const real* b = ke::input<real>(call, 1);
  real* y = ke::output<real>(call, 0);
  for (int64_t i = 0; i < ke::size(call.inputs[0]); ++i) y[i] = a[i] + b[i];
}

KE_REFERENCE(vadd)
