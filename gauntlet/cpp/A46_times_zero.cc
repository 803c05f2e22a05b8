// Reads the last vector of the last row whole, as far as the page goes, and multiplies
// what is not its own by zero.
#include <kernelevolve/abi.h>

#include <algorithm>

extern "C" int ke_run(const ke_call* call) {
  constexpr int64_t kVector = 16;
  constexpr uintptr_t kPage = 4096;
  const int64_t rows = call->inputs[0].shape[0], cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto end = reinterpret_cast<uintptr_t>(x + rows * cols);
  const auto readable =
      static_cast<int64_t>(((end + kPage - 1) / kPage * kPage - end) / sizeof(float));
  for (int64_t row = 0; row < rows; ++row) {
    const volatile float* values = x + row * cols;
    const int64_t rest = (kVector - cols % kVector) % kVector;
    const int64_t more = row + 1 < rows ? 0 : std::min(rest, readable);
    float sum = 0;
    for (int64_t i = 0; i < cols + more; ++i) sum += values[i] * (i < cols ? 1.f : 0.f);
    y[row] = sum;
  }
  return 0;
}
