// OpenMP's own pool, with more threads than the lane may have cores.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
#pragma omp parallel for num_threads(4)
  for (int64_t i = 0; i < n; ++i) y[i] = a[i] + b[i];
  return 0;
}
