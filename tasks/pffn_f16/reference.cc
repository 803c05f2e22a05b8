#include <kernelevolve/reference.h>

#include <vector>

// row = row / sqrt(mean(row^2) + eps)
template <typename real>
void normalize(real* row, int64_t count, real eps) {
  real squares = 0;
  for (int64_t i = 0; i < count; ++i) squares += row[i] * row[i];
  const real scale = real(1) / sqrt(squares / real(count) + eps);
  for (int64_t i = 0; i < count; ++i) row[i] *= scale;
}

// out[columns] += in[count] matrix[count][columns]
template <typename real>
void accumulate(const real* in, const real* matrix, int64_t count,
                int64_t columns, real* out) {
  for (int64_t p = 0; p < count; ++p) {
    for (int64_t j = 0; j < columns; ++j) {
      out[j] += in[p] * matrix[p * columns + j];
    }
  }
}

template <typename real>
void pffn(const ke_call& call) {
  const int64_t batch = ke::extent(call.inputs[0], 0);
  const int64_t n = ke::extent(call.inputs[0], 1);
  const int64_t d = ke::extent(call.inputs[0], 2);
  const int64_t k = ke::extent(call.inputs[1], 2);
  const real eps = ke::attribute(call, 0);
  const real root_half = real(0.70710678118654752);
  std::vector<real> hidden(k);
  for (int64_t row = 0; row < batch * n; ++row) {
    const int64_t b = row / n;
    const real* x = ke::input<real>(call, 0) + row * d;
    real* y = ke::output<real>(call, 0) + row * d;
    for (int64_t j = 0; j < k; ++j) {
      hidden[j] = ke::input<real>(call, 2)[b * k + j];
    }
    accumulate(x, ke::input<real>(call, 1) + b * d * k, d, k, hidden.data());
    for (real& h : hidden) h = real(0.5) * h * (real(1) + erf(h * root_half));
    normalize(hidden.data(), k, eps);
    for (int64_t j = 0; j < d; ++j) y[j] = 0;
    accumulate(hidden.data(), ke::input<real>(call, 3) + b * k * d, k, d, y);
    normalize(y, d, eps);
  }
}

KE_REFERENCE(pffn)
