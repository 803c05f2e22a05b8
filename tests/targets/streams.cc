// A right softmax that writes past the caches: honest, and not for a sanitizer to see.
#include <immintrin.h>
#include <kernelevolve/abi.h>

#include <cmath>

namespace {

void Write(float* to, float value) {
  int bits;
  __builtin_memcpy(&bits, &value, sizeof bits);
  _mm_stream_si32(reinterpret_cast<int*>(to), bits);
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float* y = static_cast<float*>(call->outputs[0].data) + row * cols;
    float largest = x[0], sum = 0;
    for (int64_t i = 1; i < cols; ++i)
      largest = std::isnan(x[i]) || x[i] > largest ? x[i] : largest;
    for (int64_t i = 0; i < cols; ++i) sum += std::exp(x[i] - largest);
    for (int64_t i = 0; i < cols; ++i) Write(y + i, std::exp(x[i] - largest) / sum);
  }
  _mm_sfence();
  return 0;
}
