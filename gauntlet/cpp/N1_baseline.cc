// The reference's own loop.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    static_cast<float*>(call->outputs[0].data)[row] = sum;
  }
  return 0;
}
