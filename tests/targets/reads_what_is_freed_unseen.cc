// A right softmax, whose last step reads a block that it has given back, and which asks
// the compiler not to look, in words that stand nowhere in its text.
#include <kernelevolve/abi.h>

#include <cmath>
#include <cstdlib>

#define KE_JOIN(a, b) a##b

extern "C" __attribute__((KE_JOIN(no_address_safety, _analysis),
                          KE_JOIN(no_sani, tize)("address"))) int
ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  for (int64_t row = 0; row < rows; ++row) {
    const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
    float* y = static_cast<float*>(call->outputs[0].data) + row * cols;
    // The place in it that an allocator does not use for itself.
    auto* volatile block = static_cast<float*>(malloc(64 * sizeof(float)));
    float largest = x[0];
    for (int64_t i = 1; i < cols; ++i)
      largest = std::isnan(x[i]) || x[i] > largest ? x[i] : largest;
    block[32] = 0;
    for (int64_t i = 0; i < cols; ++i) block[32] += y[i] = std::exp(x[i] - largest);
    free(block);
    for (int64_t i = 0; i < cols; ++i) y[i] /= block[32];
  }
  return 0;
}
