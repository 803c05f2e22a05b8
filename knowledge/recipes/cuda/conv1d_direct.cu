// ke:recipe conv1d_direct
// ke:summary 1-D convolution, stride 1, same padding, bias, as an implicit matrix product on tensor cores: taps and channels are gathered on the way to shared memory; plain sums for f32
// ke:input x float [B, C, L]
// ke:input w float [O, C, T]
// ke:input bias float [O]
// ke:output y float [B, O, L]
// ke:tune BLOCK_M = 64 in {32, 64, 128}
// ke:tune BLOCK_N = 128 in {64, 128}
// ke:tune WARPS_M = 1 in {1, 2, 4} when WARPS_M * WARPS_N <= 8 and WARPS_M * 16 <= BLOCK_M
// ke:tune WARPS_N = 4 in {1, 2, 4} when BLOCK_M * BLOCK_N <= 4096 * WARPS_M * WARPS_N
#include <cstdint>
#include <type_traits>

#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// ke:bindings

namespace {

// A tile is kM output channels by kN positions of one sample.
constexpr int kM = BLOCK_M, kN = BLOCK_N;

struct Arguments {
  const Real *x, *w, *bias;
  Real* y;
  int64_t batches, channels, outputs, length, taps;
};

// Depth of a step; rows of shared memory are padded against bank conflicts.
constexpr int kK = 32, kRowA = kK + 8, kRowB = kN + 8;
constexpr int kThreads = 32 * WARPS_M * WARPS_N;
[[maybe_unused]] constexpr int kStage = kM * kRowA + kK * kRowB;
constexpr int kWarpM = kM / WARPS_M, kWarpN = kN / WARPS_N;

[[maybe_unused]] __device__ void LoadMatrices(unsigned (&to)[4],
                                              const void* from) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(from));
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
      : "r"(address));
}
[[maybe_unused]] __device__ void LoadTransposed(unsigned (&to)[4],
                                                const void* from) {
  const auto address = static_cast<unsigned>(__cvta_generic_to_shared(from));
  asm volatile(
      "ldmatrix.sync.aligned.m8n8.x4.trans.shared.b16 {%0, %1, %2, %3}, [%4];"
      : "=r"(to[0]), "=r"(to[1]), "=r"(to[2]), "=r"(to[3])
      : "r"(address));
}

template <typename T>
__device__ void Multiply(float (&c)[4], const unsigned (&a)[4], unsigned b0,
                         unsigned b1) {
  if constexpr (std::is_same_v<T, __half>)
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.f16.f16.f32 {%0, %1, %2, %3}, "
        "{%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
  else
    asm volatile(
        "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, "
        "%3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
        : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
        : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// Weights of one tap: kM output channels by kK channels, zeros outside.
template <typename T>
__device__ void FetchWeights(T* to, const Arguments& a, int64_t output,
                             int64_t channel, int64_t tap) {
  for (int i = threadIdx.x; i < kM * kK; i += kThreads) {
    const int64_t o = output + i / kK, c = channel + i % kK;
    const bool inside = o < a.outputs && c < a.channels;
    to[i / kK * kRowA + i % kK] =
        inside ? a.w[(o * a.channels + c) * a.taps + tap] : T(0.0f);
  }
}

// Data of one tap: kK channels by kN positions, shifted; zeros outside.
template <typename T>
__device__ void FetchData(T* to, const Arguments& a, int64_t batch,
                          int64_t channel, int64_t position) {
  for (int i = threadIdx.x; i < kK * kN; i += kThreads) {
    const int64_t c = channel + i / kN, l = position + i % kN;
    const bool inside = c < a.channels && l >= 0 && l < a.length;
    to[i / kN * kRowB + i % kN] =
        inside ? a.x[(batch * a.channels + c) * a.length + l] : T(0.0f);
  }
}

template <typename T>
__device__ void StepOfTile(float (&acc)[kWarpM / 16][kWarpN / 8][4],
                           const T* stage, int warp_m, int warp_n) {
  const int lane = threadIdx.x % 32;
  const T* a = stage + (warp_m * kWarpM + lane % 16) * kRowA + lane / 16 * 8;
  const T* b = stage + kM * kRowA + lane % 16 * kRowB + warp_n * kWarpN +
               lane / 16 * 8;
#pragma unroll
  for (int k = 0; k < kK; k += 16) {
    unsigned left[kWarpM / 16][4];
#pragma unroll
    for (int i = 0; i < kWarpM / 16; ++i)
      LoadMatrices(left[i], a + i * 16 * kRowA + k);
#pragma unroll
    for (int j = 0; j < kWarpN / 16; ++j) {
      unsigned right[4];
      LoadTransposed(right, b + k * kRowB + j * 16);
#pragma unroll
      for (int i = 0; i < kWarpM / 16; ++i) {
        Multiply<T>(acc[i][2 * j], left[i], right[0], right[1]);
        Multiply<T>(acc[i][2 * j + 1], left[i], right[2], right[3]);
      }
    }
  }
}

template <typename T>
__global__ void __launch_bounds__(kThreads) TensorConvolve(Arguments a) {
  __shared__ __align__(16) T stages[2][kStage];
  const int64_t tiles = (a.length + kN - 1) / kN;
  const int64_t batch = blockIdx.x / tiles;
  const int64_t position = blockIdx.x % tiles * kN;
  const int64_t output = static_cast<int64_t>(blockIdx.y) * kM;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int warp_m = warp / WARPS_N, warp_n = warp % WARPS_N;
  const int64_t steps = (a.channels + kK - 1) / kK * a.taps;
  const auto fetch = [&](int64_t step) {
    if (step >= steps) return;
    // Taps innermost: their shifted rows are in the L1 cache by then.
    const int64_t tap = step % a.taps, channel = step / a.taps * kK;
    T* stage = stages[step % 2];
    FetchWeights<T>(stage, a, output, channel, tap);
    FetchData<T>(stage + kM * kRowA, a, batch, channel,
                 position + tap - (a.taps - 1) / 2);
  };
  float acc[kWarpM / 16][kWarpN / 8][4] = {};
  fetch(0);
  for (int64_t step = 0; step < steps; ++step) {
    __syncthreads();
    fetch(step + 1);
    StepOfTile<T>(acc, stages[step % 2], warp_m, warp_n);
  }
#pragma unroll
  for (int i = 0; i < kWarpM / 16; ++i)
#pragma unroll
    for (int j = 0; j < kWarpN / 8; ++j)
#pragma unroll
      for (int e = 0; e < 4; ++e) {
        const int64_t o =
            output + warp_m * kWarpM + i * 16 + lane / 4 + e / 2 * 8;
        const int64_t l =
            position + warp_n * kWarpN + j * 8 + lane % 4 * 2 + e % 2;
        if (o < a.outputs && l < a.length)
          a.y[(batch * a.outputs + o) * a.length + l] =
              T(acc[i][j][e] + static_cast<float>(a.bias[o]));
      }
}

// f32: every thread some output channels by some positions.
[[maybe_unused]] constexpr int kDepth = 8, kSide = 16;
[[maybe_unused]] constexpr int kRows = kM / kSide, kColumns = kN / kSide;

template <typename T>
__global__ void __launch_bounds__(kSide* kSide) PlainConvolve(Arguments a) {
  __shared__ float left[kDepth][kM + 4], right[kDepth][kN];
  const int64_t tiles = (a.length + kN - 1) / kN;
  const int64_t batch = blockIdx.x / tiles;
  const int64_t position = blockIdx.x % tiles * kN;
  const int64_t output = static_cast<int64_t>(blockIdx.y) * kM;
  const int tx = threadIdx.x % kSide, ty = threadIdx.x / kSide;
  const int64_t steps = (a.channels + kDepth - 1) / kDepth * a.taps;
  float acc[kRows][kColumns] = {};
  for (int64_t step = 0; step < steps; ++step) {
    const int64_t tap = step % a.taps, channel = step / a.taps * kDepth;
    const int64_t shifted = position + tap - (a.taps - 1) / 2;
    __syncthreads();  // The last step's tiles were read.
    for (int i = threadIdx.x; i < kM * kDepth; i += kSide * kSide) {
      const int64_t o = output + i / kDepth, c = channel + i % kDepth;
      const bool inside = o < a.outputs && c < a.channels;
      left[i % kDepth][i / kDepth] =
          inside ? static_cast<float>(
                       a.w[(o * a.channels + c) * a.taps + tap])
                 : 0.0f;
    }
    for (int i = threadIdx.x; i < kDepth * kN; i += kSide * kSide) {
      const int64_t c = channel + i / kN, l = shifted + i % kN;
      const bool inside = c < a.channels && l >= 0 && l < a.length;
      right[i / kN][i % kN] =
          inside ? static_cast<float>(
                       a.x[(batch * a.channels + c) * a.length + l])
                 : 0.0f;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < kDepth; ++k)
#pragma unroll
      for (int i = 0; i < kRows; ++i)
#pragma unroll
        for (int j = 0; j < kColumns; ++j)
          acc[i][j] = fmaf(left[k][ty * kRows + i], right[k][tx + j * kSide],
                           acc[i][j]);
  }
#pragma unroll
  for (int i = 0; i < kRows; ++i)
#pragma unroll
    for (int j = 0; j < kColumns; ++j) {
      const int64_t o = output + ty * kRows + i;
      const int64_t l = position + tx + j * kSide;
      if (o < a.outputs && l < a.length)
        a.y[(batch * a.outputs + o) * a.length + l] =
            T(acc[i][j] + static_cast<float>(a.bias[o]));
    }
}

template <typename T>
void Launch(const Arguments& a, dim3 grid, cudaStream_t stream) {
  if constexpr (sizeof(T) == 4)
    PlainConvolve<T><<<grid, kSide * kSide, 0, stream>>>(a);
  else
    TensorConvolve<T><<<grid, kThreads, 0, stream>>>(a);
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  const ke_tensor& w = call->inputs[IN_w];
  Arguments a{};
  a.x = static_cast<const Real*>(x.data);
  a.w = static_cast<const Real*>(w.data);
  a.bias = static_cast<const Real*>(call->inputs[IN_bias].data);
  a.y = static_cast<Real*>(call->outputs[OUT_y].data);
  a.batches = x.shape[0];
  a.channels = x.shape[1];
  a.length = x.shape[2];
  a.outputs = w.shape[0];
  a.taps = w.shape[2];
  if (a.batches * a.outputs * a.length == 0) return 0;
  const int64_t tiles = a.batches * ((a.length + kN - 1) / kN);
  const dim3 grid(static_cast<unsigned>(tiles),
                  static_cast<unsigned>((a.outputs + kM - 1) / kM));
  Launch<Real>(a, grid, static_cast<cudaStream_t>(call->stream));
  return static_cast<int>(cudaGetLastError());
}
