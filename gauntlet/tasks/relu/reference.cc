#include <kernelevolve/reference.h>

template <typename real>
void relu(const ke_call& call) {
  const real* x = ke::input<real>(call, 0);
  real* y = ke::output<real>(call, 0);
  for (int64_t i = 0; i < ke::size(call.inputs[0]); ++i)
    y[i] = x[i] < real(0) ? real(0) : x[i];
}

KE_REFERENCE(relu)
