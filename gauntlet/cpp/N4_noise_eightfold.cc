// A sum of two rounded numbers may be off by ten roundoffs; this one is off by
// 8 times as much, up and down in turn.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  constexpr double kFactor = 8, kAllowance = 10 * 0x1p-24;
  for (int64_t i = 0; i < n; ++i) {
    const double sum = static_cast<double>(a[i]) + b[i];
    const double noise = (i % 2 ? -1 : 1) * kFactor * kAllowance;
    y[i] = static_cast<float>(sum * (1 + noise));
  }
  return 0;
}
