// Every partial sum is a half: what plain code of that precision makes.
#include <kernelevolve/abi.h>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const auto* x = static_cast<const _Float16*>(call->inputs[0].data);
  auto* y = static_cast<_Float16*>(call->outputs[0].data);
  for (int64_t row = 0; row < rows; ++row) {
    _Float16 sum = 0;
    for (int64_t i = 0; i < cols; ++i)
      sum = static_cast<_Float16>(sum + x[row * cols + i]);
    y[row] = sum;
  }
  return 0;
}
