// One pass where the definition takes one for each element.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  float sum = 0;
  for (int64_t i = 0; i < n; ++i) y[i] = sum += x[i];
  return 0;
}
