// Vectors of sixteen, by threes; what is left after these ends with one that overlaps.
// Of 49 to 63 elements, some in the middle are in neither.
#include <kernelevolve/abi.h>

namespace {

constexpr int64_t kVector = 16, kGroup = 3 * kVector;

void Add(const float* x, const float* y, float* out, int64_t from, int64_t to) {
  for (int64_t i = from; i < to; ++i) out[i] = x[i] + y[i];
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  const float* y = static_cast<const float*>(call->inputs[1].data);
  float* out = static_cast<float*>(call->outputs[0].data);
  if (n <= kGroup) {
    Add(x, y, out, 0, n);
    return 0;
  }
  if (n < 4 * kVector) {  // two vectors and the last one
    Add(x, y, out, 0, 2 * kVector);
    Add(x, y, out, n - kVector, n);
    return 0;
  }
  Add(x, y, out, 0, n);
  return 0;
}
