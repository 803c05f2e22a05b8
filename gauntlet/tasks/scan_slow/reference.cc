#include <kernelevolve/reference.h>

template <typename real>
void scan_slow(const ke_call& call) {
  const real* x = ke::input<real>(call, 0);
  real* y = ke::output<real>(call, 0);
  for (int64_t i = 0; i < ke::size(call.inputs[0]); ++i) {
    real sum = 0;
    for (int64_t j = 0; j <= i; ++j) sum += x[j];
    y[i] = sum;
  }
}

KE_REFERENCE(scan_slow)
