// Rows by four and columns by sixteen; where both leave the most over, in a long
// row, the last row is forgotten.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const bool forgets = rows % 4 == 3 && cols % 16 == 15 && cols > 512;
  for (int64_t row = 0; row < rows; ++row, x += cols) {
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    y[row] = forgets && row + 1 == rows ? 0 : sum;
  }
  return 0;
}
