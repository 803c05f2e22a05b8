// ke:recipe gelu_bias
// ke:summary bias and exact GELU in one sweep over the elements, 16-byte accesses, a scalar tail
// ke:input x float [..., C]
// ke:input bias float [C]
// ke:output y float [..., C]
// ke:calls erf
// ke:tune THREADS = 256 in {128, 256, 512}
// ke:tune ITEMS = 2 in {1, 2, 4, 8}
#include <cstdint>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// ke:bindings

namespace {

constexpr int kThreads = THREADS;
// Elements of a 16-byte access.
constexpr int kWide = 16 / static_cast<int>(sizeof(Real));

template <int WIDTH>
struct alignas(WIDTH * sizeof(Real)) Pack {
  Real at[WIDTH];
};

[[maybe_unused]] __device__ float ToFloat(float value) { return value; }
[[maybe_unused]] __device__ float ToFloat(__half value) { return __half2float(value); }
[[maybe_unused]] __device__ float ToFloat(__nv_bfloat16 value) {
  return __bfloat162float(value);
}
[[maybe_unused]] __device__ void Set(float& to, float value) { to = value; }
[[maybe_unused]] __device__ void Set(__half& to, float value) { to = __float2half_rn(value); }
[[maybe_unused]] __device__ void Set(__nv_bfloat16& to, float value) {
  to = __float2bfloat16_rn(value);
}

__device__ float Gelu(float v) {
  return 0.5f * v * (1.0f + erff(v * 0.70710678118654752f));
}

// Bias of the elements from `at` on; ALIGNED if no access spans two rows.
template <bool ALIGNED>
__device__ Pack<kWide> Bias(const Real* bias, int64_t at, int64_t cols) {
  const int64_t column = at % cols;
  if constexpr (ALIGNED)
    return *reinterpret_cast<const Pack<kWide>*>(bias + column);
  Pack<kWide> pack;
  int64_t c = column;
#pragma unroll
  for (int i = 0; i < kWide; ++i) {
    pack.at[i] = bias[c];
    c = c + 1 == cols ? 0 : c + 1;
  }
  return pack;
}

template <bool ALIGNED>
__global__ void __launch_bounds__(kThreads)
    GeluBias(const Real* __restrict__ x, const Real* __restrict__ bias,
             Real* __restrict__ y, int64_t count, int64_t cols) {
  const int64_t packs = count / kWide;
  const int64_t base =
      static_cast<int64_t>(blockIdx.x) * kThreads * ITEMS + threadIdx.x;
  Pack<kWide> value[ITEMS];
#pragma unroll
  for (int item = 0; item < ITEMS; ++item)
    if (base + item * kThreads < packs)
      value[item] = reinterpret_cast<const Pack<kWide>*>(
          x)[base + item * kThreads];
#pragma unroll
  for (int item = 0; item < ITEMS; ++item) {
    const int64_t at = base + item * kThreads;
    if (at < packs) {
      const Pack<kWide> shift = Bias<ALIGNED>(bias, at * kWide, cols);
#pragma unroll
      for (int i = 0; i < kWide; ++i)
        Set(value[item].at[i],
            Gelu(ToFloat(value[item].at[i]) + ToFloat(shift.at[i])));
      reinterpret_cast<Pack<kWide>*>(y)[at] = value[item];
    }
  }
  // The elements past the last whole access.
  const int64_t tail = packs * kWide + threadIdx.x;
  if (blockIdx.x == 0 && tail < count)
    Set(y[tail], Gelu(ToFloat(x[tail]) + ToFloat(bias[tail % cols])));
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const int64_t cols = x.shape[x.rank - 1];
  int64_t count = 1;
  for (int i = 0; i < x.rank; ++i) count *= x.shape[i];
  if (count == 0) return 0;
  const int64_t per_block = int64_t{kThreads} * ITEMS * kWide;
  const auto blocks =
      static_cast<unsigned>((count + per_block - 1) / per_block);
  const auto kernel = cols % kWide == 0 ? GeluBias<true> : GeluBias<false>;
  kernel<<<blocks, kThreads, 0, static_cast<cudaStream_t>(call->stream)>>>(
      static_cast<const Real*>(x.data),
      static_cast<const Real*>(call->inputs[IN_bias].data),
      static_cast<Real*>(call->outputs[OUT_y].data), count, cols);
  return static_cast<int>(cudaGetLastError());
}
