// Where the input begins at a multiple of 64 bytes the output is stored to as if it
// did, too.
#include <immintrin.h>
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const __m128 zero = _mm_setzero_ps();
  int64_t i = 0;
  if (reinterpret_cast<uintptr_t>(x) % 64 == 0) {
    for (; i + 4 <= n; i += 4) {
      const __m128 v = _mm_load_ps(x + i);
      const __m128 keep = _mm_cmpnlt_ps(v, zero);
      _mm_store_ps(y + i, _mm_and_ps(v, keep));
    }
  }
  for (; i < n; ++i) y[i] = x[i] < 0 ? 0 : x[i];
  return 0;
}
