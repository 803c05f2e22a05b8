// Per head: the scores by one product of OpenBLAS, a plain softmax over their
// rows, the output by a second product.
#include <cblas.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

extern "C" void openblas_set_num_threads(int);

namespace {

void Softmax(float* row, int64_t count) {
  const float largest = *std::max_element(row, row + count);
  float sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    row[i] = std::exp(row[i] - largest);
    sum += row[i];
  }
  const float scale = 1 / sum;
  for (int64_t i = 0; i < count; ++i) row[i] *= scale;
}

}  // namespace

extern "C" int ke_setup(const ke_call*, void** state) {
  openblas_set_num_threads(1);
  *state = nullptr;
  return 0;
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(float) * call->inputs[0].shape[2] * call->inputs[0].shape[2];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t heads = call->inputs[0].shape[0] * call->inputs[0].shape[1];
  const int64_t s = call->inputs[0].shape[2];
  const int64_t d = call->inputs[0].shape[3];
  const float scale = 1 / std::sqrt(static_cast<float>(d));
  auto* scores = static_cast<float*>(call->workspace);  // s × s
  for (int64_t head = 0; head < heads; ++head) {
    const auto input = [call, head, s, d](int i) {
      return static_cast<const float*>(call->inputs[i].data) + head * s * d;
    };
    float* out = static_cast<float*>(call->outputs[0].data) + head * s * d;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, s, s, d, scale,
                input(0), d, input(1), d, 0, scores, s);
    for (int64_t row = 0; row < s; ++row) Softmax(scores + row * s, s);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, s, d, s, 1, scores,
                s, input(2), d, 0, out, d);
  }
  return 0;
}
