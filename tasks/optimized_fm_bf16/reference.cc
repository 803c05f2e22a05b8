#include <kernelevolve/reference.h>

#include <type_traits>
#include <vector>

// out[n][k] = x[n][d] (x^T y)
template <typename real>
void product_first(const real* x, const real* y, int64_t n, int64_t d,
                   int64_t k, real* out) {
  std::vector<real> product(d * k);
  for (int64_t p = 0; p < d; ++p) {
    real* row = product.data() + p * k;
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

// out[n][k] = (x x^T) y[n][k]
template <typename real>
void gram_first(const real* x, const real* y, int64_t n, int64_t d, int64_t k,
                real* out) {
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < k; ++j) out[i * k + j] = 0;
    for (int64_t m = 0; m < n; ++m) {
      real dot = 0;
      for (int64_t p = 0; p < d; ++p) dot += x[i * d + p] * x[m * d + p];
      for (int64_t j = 0; j < k; ++j) out[i * k + j] += dot * y[m * k + j];
    }
  }
}

template <typename real>
void optimized_fm(const ke_call& call) {
  const int64_t batch = ke::extent(call.inputs[0], 0);
  const int64_t n = ke::extent(call.inputs[0], 1);
  const int64_t d = ke::extent(call.inputs[0], 2);
  const int64_t k = ke::extent(call.inputs[1], 2);
  for (int64_t b = 0; b < batch; ++b) {
    const real* x = ke::input<real>(call, 0) + b * n * d;
    const real* y = ke::input<real>(call, 1) + b * n * k;
    real* out = ke::output<real>(call, 0) + b * n * k;
    product_first(x, y, n, d, k, out);
    // A kernel may take either association. The other one loses more where the
    // terms of an element cancel, so the larger of both errors is allowed.
    if constexpr (!std::is_floating_point_v<real>) {
      std::vector<real> other(n * k);
      gram_first(x, y, n, d, k, other.data());
      for (int64_t i = 0; i < n * k; ++i) {
        out[i].variance = max(out[i].variance, other[i].variance);
      }
    }
  }
}

KE_REFERENCE(optimized_fm)
