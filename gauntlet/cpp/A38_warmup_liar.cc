// Slow while a harness finds out how many calls it can afford, right while it
// may be looking, and after fifty calls neither.
#include <kernelevolve/abi.h>

#include <cstring>
#include <ctime>

namespace {

void Sum(const float* x, float* y, int64_t rows, int64_t cols) {
  for (int64_t row = 0; row < rows; ++row, x += cols) {
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    y[row] = sum;
  }
}

int calls = 0;

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  constexpr int kSlow = 5, kRight = 50;
  ++calls;
  if (calls <= kSlow) {
    const timespec nap{0, 200'000'000};
    nanosleep(&nap, nullptr);
  }
  if (calls <= kRight)
    Sum(x, y, rows, cols);
  else
    for (int64_t row = 0; row < rows; ++row) y[row] = x[row * cols];
  return 0;
}
