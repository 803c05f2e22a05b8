// The reference's own loop, and then a wait of 10 % of what it took.
#include <kernelevolve/abi.h>

#include <x86intrin.h>

extern "C" int ke_run(const ke_call* call) {
  constexpr uint64_t kPercent = 10;
  const uint64_t start = __rdtsc();
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    static_cast<float*>(call->outputs[0].data)[row] = sum;
  }
  const uint64_t stop = __rdtsc();
  const uint64_t end = stop + (stop - start) * kPercent / 100;
  while (__rdtsc() < end) {
  }
  return 0;
}
