// Copies, then works on the output in place: right also where output and input
// are the same memory.
#include <kernelevolve/abi.h>

#include <cstring>

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  float* y = static_cast<float*>(call->outputs[0].data);
  if (y != call->inputs[0].data)
    std::memmove(y, call->inputs[0].data, sizeof(float) * n);
  for (int64_t i = 0; i < n; ++i) y[i] = y[i] < 0 ? 0 : y[i];
  return 0;
}
