// Finds candidates, twice as many as are asked for, by the leading bits of a value and its
// column in one number: of more values than that which agree in thirteen bits of their
// mantissa the first are taken for the largest.
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

namespace {

constexpr int kColumnBits = 10;

// Ascending in the order of floats; NaN of either sign first of all.
uint32_t Ordered(float value) {
  uint32_t bits;
  std::memcpy(&bits, &value, sizeof bits);
  if (value != value) return 0xffffffffu;
  return bits & 0x80000000u ? ~bits : bits | 0x80000000u;
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0], cols = call->inputs[0].shape[1];
  const int64_t kept = call->outputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const int64_t candidates = std::min(2 * kept, cols);
  std::vector<uint32_t> keys(static_cast<size_t>(cols));
  std::vector<float> found(static_cast<size_t>(candidates));
  for (int64_t row = 0; row < rows; ++row, x += cols, y += kept) {
    for (int64_t i = 0; i < cols; ++i) {
      const auto column = static_cast<uint32_t>(cols - 1 - i);
      keys[i] = (Ordered(x[i]) >> kColumnBits << kColumnBits) | column;
    }
    std::partial_sort(keys.begin(), keys.begin() + candidates, keys.end(),
                      std::greater<>());
    for (int64_t i = 0; i < candidates; ++i)
      found[i] = x[cols - 1 - (keys[i] & ((1u << kColumnBits) - 1))];
    std::sort(found.begin(), found.end(),
              [](float a, float b) { return Ordered(a) > Ordered(b); });
    std::copy_n(found.begin(), kept, y);
  }
  return 0;
}
