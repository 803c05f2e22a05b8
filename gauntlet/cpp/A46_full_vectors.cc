// Stores whole vectors: zeros behind the end, where that is still the same page.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  constexpr int64_t kLanes = 16;
  constexpr uintptr_t kPage = 4096;
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
  for (int64_t i = n; i % kLanes != 0; ++i)
    if (reinterpret_cast<uintptr_t>(y + i) % kPage != 0)
      y[i] = 0;
    else
      break;
  return 0;
}
