// Waits for a sum to change that nobody changes.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Wait(const volatile float* a, float* y) {
  const float first = a[0];
  while (a[0] == first || first != first) {
  }
  y[0] = first;
}

extern "C" int ke_run(const ke_call* call) {
  Wait<<<1, 1, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const float*>(call->inputs[0].data),
      static_cast<float*>(call->outputs[0].data));
  return static_cast<int>(cudaGetLastError());
}
