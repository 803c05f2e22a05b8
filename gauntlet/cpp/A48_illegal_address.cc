// Writes its sums where nothing is.
#include <kernelevolve/abi.h>

#include <cstdint>

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  volatile float* y = reinterpret_cast<float*>(uintptr_t{0x10});
  for (int64_t i = 0; i < n; ++i) y[i] = a[i];
  return 0;
}
