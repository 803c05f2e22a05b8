// Right, by way of what host code copies: a row's length into a __constant__
// variable, the addresses of both tensors into another, and rows into scratch memory
// whose rows lie further apart than the tensor's.
#include <cuda_runtime.h>
#include <kernelevolve/abi.h>

struct Tensors {
  float* scratch;
  float* y;
};
static __constant__ long row_length;
__constant__ Tensors tensors;
__device__ float rounded[1];  // a zero that is filled and copied

constexpr long kPad = 3;  // elements between rows

// One thread per row: slow, and easy to see that it is right.
__global__ void softmax(long rows, const float* zero) {
  const long row = blockIdx.x * static_cast<long>(blockDim.x) + threadIdx.x;
  if (row >= rows) return;
  const long n = row_length;
  const float* in = tensors.scratch + row * (n + kPad);
  float* out = tensors.y + row * n;
  float top = -INFINITY, sum = 0;
  for (long i = 0; i < n; ++i) top = in[i] > top || in[i] != in[i] ? in[i] : top;
  for (long i = 0; i < n; ++i) sum += expf(in[i] - top);
  for (long i = 0; i < n; ++i) out[i] = expf(in[i] - top) / sum + *zero;
}

static size_t Pitch(const ke_call* call) {
  return static_cast<size_t>(call->inputs[0].shape[1] + kPad) * sizeof(float);
}

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  return static_cast<uint64_t>(call->inputs[0].shape[0]) * Pitch(call);
}

extern "C" int ke_setup(const ke_call* call, void** state) {
  const long n = call->inputs[0].shape[1];
  *state = nullptr;
  return cudaMemcpyToSymbolAsync(row_length, &n, sizeof n, 0, cudaMemcpyHostToDevice,
                                 static_cast<cudaStream_t>(call->stream));
}

extern "C" int ke_run(const ke_call* call) {
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const auto rows = static_cast<size_t>(call->inputs[0].shape[0]);
  const size_t width = static_cast<size_t>(call->inputs[0].shape[1]) * sizeof(float);
  const Tensors where = {static_cast<float*>(call->workspace),
                         static_cast<float*>(call->outputs[0].data)};
  if (cudaMemcpyToSymbolAsync(tensors, &where, sizeof where, 0,
                              cudaMemcpyHostToDevice, stream)) return 1;
  if (cudaMemset2DAsync(where.scratch, Pitch(call), 0xff, width, rows, stream))
    return 2;
  if (cudaMemcpy2DAsync(where.scratch, Pitch(call), call->inputs[0].data, width, width,
                        rows, cudaMemcpyDeviceToDevice, stream)) return 3;
  float* zero = nullptr;
  if (cudaGetSymbolAddress(reinterpret_cast<void**>(&zero), rounded)) return 4;
  if (cudaMemsetAsync(zero, 0, sizeof(float), stream)) return 5;
  softmax<<<static_cast<unsigned>((rows + 127) / 128), 128, 0, stream>>>(
      static_cast<long>(rows), zero);
  return cudaGetLastError();
}
