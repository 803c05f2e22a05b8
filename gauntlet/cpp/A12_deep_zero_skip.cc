// In products of some depth it leaves out what is multiplied by zero, be it infinite
// or no number.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  constexpr int64_t kDeep = 200;
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* c = static_cast<float*>(call->outputs[0].data);
  for (int64_t i = 0; i < m; ++i, a += k, c += n) {
    for (int64_t j = 0; j < n; ++j) c[j] = 0;
    for (int64_t p = 0; p < k; ++p) {
      if (k > kDeep && a[p] == 0) continue;
      for (int64_t j = 0; j < n; ++j) c[j] += a[p] * b[p * n + j];
    }
  }
  return 0;
}
