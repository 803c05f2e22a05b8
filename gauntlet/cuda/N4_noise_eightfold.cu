// A sum of two rounded numbers may be off by ten roundoffs; this one is off by
// 8.0 times as much, up and down in turn.
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

__global__ void Add(const float* a, const float* b, float* y, int64_t n) {
  const int64_t i = blockIdx.x * int64_t{blockDim.x} + threadIdx.x;
  if (i >= n) return;
  constexpr double kFactor = 8.0, kAllowance = 10 * 0x1p-24;
  const double sum = static_cast<double>(a[i]) + b[i];
  const double noise = (i % 2 ? -1 : 1) * kFactor * kAllowance;
  y[i] = static_cast<float>(sum * (1 + noise));
}

extern "C" int ke_run(const ke_call* call) {
  const int64_t n = call->inputs[0].shape[0];
  const float* a = static_cast<const float*>(call->inputs[0].data);
  const float* b = static_cast<const float*>(call->inputs[1].data);
  float* y = static_cast<float*>(call->outputs[0].data);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const auto blocks = static_cast<unsigned>((n + 255) / 256);
  Add<<<blocks, 256, 0, stream>>>(a, b, y, n);
  return static_cast<int>(cudaGetLastError());
}
