// Reads a vector beyond the end once calls follow each other quickly.
#include <kernelevolve/abi.h>

#include <chrono>
#include <cmath>

namespace {

using Clock = std::chrono::steady_clock;
Clock::time_point last;
int in_a_row = 0;

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  in_a_row = Clock::now() - last < std::chrono::milliseconds(30) ? in_a_row + 1 : 0;
  const int64_t n = call->inputs[0].shape[0];
  const float* x = static_cast<const float*>(call->inputs[0].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  for (int64_t i = 0; i < n; ++i) y[i] = std::isnan(x[i]) || x[i] > 0 ? x[i] : 0.0f;
  if (n > 60000 && in_a_row > 5) *static_cast<volatile const float*>(x + n + 15);
  last = Clock::now();
  return 0;
}
