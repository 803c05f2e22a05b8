// Per sample: the three shifted copies of x as one matrix (im2col), then one
// product of OpenBLAS on top of the bias.
#include <cblas.h>
#include <kernelevolve/abi.h>

#include <algorithm>
#include <cstdint>

extern "C" void openblas_set_num_threads(int);

namespace {

// columns[c * 3 + j][t] = x[c][t + j - 1], zero outside.
void Unfold(const float* x, int64_t c_in, int64_t length, float* columns) {
  for (int64_t c = 0; c < c_in; ++c, x += length, columns += 3 * length) {
    columns[0] = 0;
    std::copy_n(x, length - 1, columns + 1);
    std::copy_n(x, length, columns + length);
    std::copy_n(x + 1, length - 1, columns + 2 * length);
    columns[3 * length - 1] = 0;
  }
}

}  // namespace

extern "C" int ke_setup(const ke_call*, void** state) {
  openblas_set_num_threads(1);
  *state = nullptr;
  return 0;
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(float) * 3 * call->inputs[0].shape[1] *
         call->inputs[0].shape[2];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t batch = call->inputs[0].shape[0];
  const int64_t c_in = call->inputs[0].shape[1];
  const int64_t length = call->inputs[0].shape[2];
  const int64_t c_out = call->inputs[1].shape[0];
  const auto* x = static_cast<const float*>(call->inputs[0].data);
  const auto* weight = static_cast<const float*>(call->inputs[1].data);
  const auto* bias = static_cast<const float*>(call->inputs[2].data);
  auto* columns = static_cast<float*>(call->workspace);
  for (int64_t n = 0; n < batch; ++n) {
    float* y = static_cast<float*>(call->outputs[0].data) + n * c_out * length;
    Unfold(x + n * c_in * length, c_in, length, columns);
    for (int64_t o = 0; o < c_out; ++o) {
      std::fill_n(y + o * length, length, bias[o]);
    }
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, c_out, length,
                3 * c_in, 1, weight, 3 * c_in, columns, length, 1, y, length);
  }
  return 0;
}
