// c = a b by one call of OpenBLAS.
#include <cblas.h>
#include <kernelevolve/abi.h>

extern "C" void openblas_set_num_threads(int);

extern "C" int ke_setup(const ke_call*, void** state) {
  openblas_set_num_threads(1);
  *state = nullptr;
  return 0;
}

extern "C" int ke_run(const ke_call* call) {
  const int m = call->inputs[0].shape[0];
  const int k = call->inputs[0].shape[1];
  const int n = call->inputs[1].shape[1];
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1,
              static_cast<const float*>(call->inputs[0].data), k,
              static_cast<const float*>(call->inputs[1].data), n, 0,
              static_cast<float*>(call->outputs[0].data), n);
  return 0;
}
