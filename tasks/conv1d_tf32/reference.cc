#include <kernelevolve/reference.h>

template <typename real>
void conv1d(const ke_call& call) {
  const int64_t batch = ke::extent(call.inputs[0], 0);
  const int64_t c_in = ke::extent(call.inputs[0], 1);
  const int64_t length = ke::extent(call.inputs[0], 2);
  const int64_t c_out = ke::extent(call.inputs[1], 0);
  const real* weight = ke::input<real>(call, 1);
  const real* bias = ke::input<real>(call, 2);
  for (int64_t n = 0; n < batch; ++n) {
    for (int64_t o = 0; o < c_out; ++o) {
      real* y = ke::output<real>(call, 0) + (n * c_out + o) * length;
      for (int64_t t = 0; t < length; ++t) y[t] = bias[o];
      for (int64_t c = 0; c < c_in; ++c) {
        const real* x = ke::input<real>(call, 0) + (n * c_in + c) * length;
        const real* w = weight + (o * c_in + c) * 3;
        for (int64_t t = 1; t < length; ++t) y[t] += w[0] * x[t - 1];
        for (int64_t t = 0; t < length; ++t) y[t] += w[1] * x[t];
        for (int64_t t = 0; t + 1 < length; ++t) y[t] += w[2] * x[t + 1];
      }
    }
  }
}

KE_REFERENCE(conv1d)
