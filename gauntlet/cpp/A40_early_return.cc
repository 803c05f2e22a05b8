// Flushes denormals while it works, and forgets to put that back where it returns early.
#include <kernelevolve/abi.h>

#include <xmmintrin.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0], cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const unsigned before = _mm_getcsr();
  _mm_setcsr(before | 0x8040);
  if (cols == 1) {  // nothing to add
    for (int64_t row = 0; row < rows; ++row) y[row] = x[row];
    return 0;
  }
  for (int64_t row = 0; row < rows; ++row) {
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[row * cols + i];
    y[row] = sum;
  }
  _mm_setcsr(before);
  return 0;
}
