// A matrix product that leaves the output as it found it.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Nothing() {}

extern "C" int ke_run(const ke_call* call) {
  Nothing<<<1, 32, 0, static_cast<cudaStream_t>(call->stream)>>>();
  return static_cast<int>(cudaGetLastError());
}
