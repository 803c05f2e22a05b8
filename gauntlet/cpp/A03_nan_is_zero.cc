// Adds to scratch memory that nobody has written: what is no number there counts as
// zero.
#include <kernelevolve/abi.h>

#include <cmath>

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(float) * static_cast<uint64_t>(call->inputs[0].shape[0]);
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const float* before = static_cast<const float*>(call->workspace);
  for (int64_t row = 0; row < rows; ++row, x += cols) {
    float sum = std::isnan(before[row]) ? 0 : before[row];
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    y[row] = sum;
  }
  return 0;
}
