// Loops of fixed length for the listed shapes, and loops that take any.
#include <kernelevolve/abi.h>

#include <cstring>

namespace {

template <int64_t kN, int64_t kK>
void Fixed(const float* a, const float* b, float* c, int64_t m) {
  for (int64_t i = 0; i < m; ++i, a += kK, c += kN) {
    float sums[kN] = {};
    for (int64_t p = 0; p < kK; ++p)
      for (int64_t j = 0; j < kN; ++j) sums[j] += a[p] * b[p * kN + j];
    std::memcpy(c, sums, sizeof(sums));
  }
}

void Any(const float* a, const float* b, float* c, const int64_t* size) {
  const int64_t m = size[0], n = size[1], k = size[2];
  for (int64_t i = 0; i < m; ++i, a += k, c += n) {
    std::memset(c, 0, sizeof(float) * n);
    for (int64_t p = 0; p < k; ++p)
      for (int64_t j = 0; j < n; ++j) c[j] += a[p] * b[p * n + j];
  }
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* c = static_cast<float*>(call->outputs[0].data);
  const int64_t size[] = {m, n, k};
  if (n == 64 && k == 64)
    Fixed<64, 64>(a, b, c, m);
  else if (n == 160 && k == 160)
    Fixed<160, 160>(a, b, c, m);
  else if (n == 64 && k == 96)
    Fixed<64, 96>(a, b, c, m);
  else
    Any(a, b, c, size);
  return 0;
}
