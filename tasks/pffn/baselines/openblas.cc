// Two products of OpenBLAS per sample, with plain loops in between.
#include <cblas.h>
#include <kernelevolve/abi.h>

#include <cmath>
#include <cstdint>

extern "C" void openblas_set_num_threads(int);

namespace {

// Scales a row to a root mean square of one.
void Normalize(float* row, int64_t count, float eps) {
  float squares = 0;
#pragma omp simd reduction(+ : squares)
  for (int64_t i = 0; i < count; ++i) squares += row[i] * row[i];
  const float scale = 1 / std::sqrt(squares / count + eps);
#pragma omp simd
  for (int64_t i = 0; i < count; ++i) row[i] *= scale;
}

void BiasGelu(float* row, const float* bias, int64_t count) {
  for (int64_t i = 0; i < count; ++i) {
    const float v = row[i] + bias[i];
    row[i] = 0.5f * v * (1 + std::erf(v * 0.70710678f));
  }
}

}  // namespace

extern "C" int ke_setup(const ke_call*, void** state) {
  openblas_set_num_threads(1);
  *state = nullptr;
  return 0;
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(float) * call->inputs[0].shape[1] * call->inputs[1].shape[2];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[1];
  const int64_t d = call->inputs[0].shape[2];
  const int64_t k = call->inputs[1].shape[2];
  const float eps = static_cast<float>(call->attributes[0]);
  const auto input = [call](int i) {
    return static_cast<const float*>(call->inputs[i].data);
  };
  auto* hidden = static_cast<float*>(call->workspace);  // n × k
  for (int64_t b = 0; b < call->inputs[0].shape[0]; ++b) {
    float* y = static_cast<float*>(call->outputs[0].data) + b * n * d;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, k, d, 1,
                input(0) + b * n * d, d, input(1) + b * d * k, k, 0, hidden, k);
    for (int64_t row = 0; row < n; ++row) {
      BiasGelu(hidden + row * k, input(2) + b * k, k);
      Normalize(hidden + row * k, k, eps);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, d, k, 1, hidden,
                k, input(3) + b * k * d, d, 0, y, d);
    for (int64_t row = 0; row < n; ++row) Normalize(y + row * d, d, eps);
  }
  return 0;
}
