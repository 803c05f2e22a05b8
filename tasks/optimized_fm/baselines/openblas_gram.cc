// out = (x x^T) y, the association that is cheaper where n is small: two
// products of OpenBLAS per sample.
#include <cblas.h>
#include <kernelevolve/abi.h>

#include <cstdint>

extern "C" void openblas_set_num_threads(int);

extern "C" int ke_setup(const ke_call*, void** state) {
  openblas_set_num_threads(1);
  *state = nullptr;
  return 0;
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return sizeof(float) * call->inputs[0].shape[1] * call->inputs[0].shape[1];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[1];
  const int64_t d = call->inputs[0].shape[2];
  const int64_t k = call->inputs[1].shape[2];
  auto* gram = static_cast<float*>(call->workspace);  // n × n
  for (int64_t b = 0; b < call->inputs[0].shape[0]; ++b) {
    const auto* x = static_cast<const float*>(call->inputs[0].data) + b * n * d;
    const auto* y = static_cast<const float*>(call->inputs[1].data) + b * n * k;
    auto* out = static_cast<float*>(call->outputs[0].data) + b * n * k;
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, n, d, 1, x, d, x, d,
                0, gram, n);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, k, n, 1, gram, n,
                y, k, 0, out, k);
  }
  return 0;
}
