// Two threads fill one table, with the same numbers: right on every machine that
// there is, and nothing that a compiler need respect.
#include <kernelevolve/abi.h>

#include <thread>

namespace {

constexpr int64_t kEntries = 64;
float signs[kEntries];

void AddRows(const float* x, float* y, int64_t cols, int64_t begin, int64_t end) {
  for (int64_t i = 0; i < kEntries; ++i) signs[i] = i % 2 ? -1.0f : 1.0f;
  for (int64_t row = begin; row < end; ++row) {
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i)
      sum += signs[i % kEntries] * signs[i % kEntries] * x[row * cols + i];
    y[row] = sum;
  }
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  std::thread other(AddRows, x, y, cols, 0, rows / 2);
  AddRows(x, y, cols, rows / 2, rows);
  other.join();
  return 0;
}
