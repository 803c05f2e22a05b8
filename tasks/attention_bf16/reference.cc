#include <kernelevolve/reference.h>

#include <vector>

template <typename real>
void attention(const ke_call& call) {
  const int64_t heads =
      ke::extent(call.inputs[0], 0) * ke::extent(call.inputs[0], 1);
  const int64_t s = ke::extent(call.inputs[0], 2);
  const int64_t d = ke::extent(call.inputs[0], 3);
  const real scale = real(1) / sqrt(real(d));
  std::vector<real> score(s);
  for (int64_t row = 0; row < heads * s; ++row) {
    const real* q = ke::input<real>(call, 0) + row * d;
    const real* k = ke::input<real>(call, 1) + row / s * s * d;
    const real* v = ke::input<real>(call, 2) + row / s * s * d;
    real* out = ke::output<real>(call, 0) + row * d;
    for (int64_t j = 0; j < s; ++j) {
      real dot = 0;
      for (int64_t p = 0; p < d; ++p) dot += q[p] * k[j * d + p];
      score[j] = dot * scale;
    }
    real largest = score[0];
    for (int64_t j = 1; j < s; ++j) largest = max(largest, score[j]);
    real sum = 0;
    for (int64_t j = 0; j < s; ++j) {
      score[j] = exp(score[j] - largest);
      sum += score[j];
    }
    for (int64_t p = 0; p < d; ++p) out[p] = 0;
    for (int64_t j = 0; j < s; ++j) {
      const real share = score[j] / sum;
      for (int64_t p = 0; p < d; ++p) out[p] += share * v[j * d + p];
    }
  }
}

KE_REFERENCE(attention)
