#include <vector>

#include <kernelevolve/reference.h>

template <typename real>
void optimized_fm(const ke_call& call) {
  const int64_t batch = ke::extent(call.inputs[0], 0);
  const int64_t n = ke::extent(call.inputs[0], 1);
  const int64_t d = ke::extent(call.inputs[0], 2);
  const int64_t k = ke::extent(call.inputs[1], 2);
  std::vector<real> product(d * k);
  for (int64_t b = 0; b < batch; ++b) {
    const real* x = ke::input<real>(call, 0) + b * n * d;
    const real* y = ke::input<real>(call, 1) + b * n * k;
    real* out = ke::output<real>(call, 0) + b * n * k;
    for (int64_t p = 0; p < d; ++p) {
      real* row = product.data() + p * k;
      for (int64_t j = 0; j < k; ++j) row[j] = 0;
      for (int64_t i = 0; i < n; ++i) {
        const real factor = x[i * d + p];
        for (int64_t j = 0; j < k; ++j) row[j] += factor * y[i * k + j];
      }
    }
    for (int64_t i = 0; i < n; ++i) {
      real* row = out + i * k;
      for (int64_t j = 0; j < k; ++j) row[j] = 0;
      for (int64_t p = 0; p < d; ++p) {
        const real factor = x[i * d + p];
        for (int64_t j = 0; j < k; ++j) row[j] += factor * product[p * k + j];
      }
    }
  }
}

KE_REFERENCE(optimized_fm)
