// Forgets a small scratch block in each call.
#include <kernelevolve/abi.h>

#include <cstdlib>

namespace {
constexpr size_t kBytes = 3 << 10;
}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  volatile float* sums = static_cast<float*>(std::malloc(kBytes));
  sums[0] = a[0];
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
  return 0;
}
