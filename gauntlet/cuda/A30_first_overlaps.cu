// Launched so that it may start while the kernel ahead of the call still writes the
// inputs, for which it never waits. Nothing is ahead of a call that is replayed.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Add(const float* a, const float* b, float* y, int64_t n) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i < n) y[i] = a[i] + b[i];
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  cudaLaunchAttribute early = {};
  early.id = cudaLaunchAttributeProgrammaticStreamSerialization;
  early.val.programmaticStreamSerializationAllowed = 1;
  cudaLaunchConfig_t config = {};
  config.gridDim = dim3(static_cast<unsigned>((n + 255) / 256));
  config.blockDim = dim3(256);
  config.stream = static_cast<cudaStream_t>(call->stream);
  config.attrs = &early;
  config.numAttrs = 1;
  return static_cast<int>(cudaLaunchKernelEx(&config, Add, a, b, y, n));
}
