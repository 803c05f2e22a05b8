// Sixteen partial sums in a block for fifteen: an allocator rounds up, so that they
// are nobody's, as a rule.
#include <kernelevolve/abi.h>

#include <cstdlib>

namespace {
constexpr int64_t kLanes = 16;
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  auto* sums = static_cast<float*>(malloc((kLanes - 1) * sizeof(float)));
  if (!sums) return 1;
  for (int64_t row = 0; row < rows; ++row, x += cols) {
    for (int64_t lane = 0; lane < kLanes; ++lane) sums[lane] = 0;
    for (int64_t i = 0; i < cols; ++i) sums[i % kLanes] += x[i];
    y[row] = 0;
    for (int64_t lane = 0; lane < kLanes; ++lane) y[row] += sums[lane];
  }
  free(sums);
  return 0;
}
