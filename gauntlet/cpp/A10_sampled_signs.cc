// A block in which every fourth number is negative or zero has no positive ones.
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cmath>

extern "C" int ke_run(const ke_call* call) {
  constexpr int64_t kBlock = 256;
  const int64_t n = call->inputs[0].shape[0];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  for (int64_t at = 0; at < n; at += kBlock) {
    const int64_t end = std::min(at + kBlock, n);
    bool none = end - at == kBlock;
    for (int64_t i = at; i < end && none; i += 4) none = x[i] <= 0;
    for (int64_t i = at; i < end; ++i)
      y[i] = !none && (x[i] > 0 || std::isnan(x[i])) ? x[i] : 0.0f;
  }
  return 0;
}
