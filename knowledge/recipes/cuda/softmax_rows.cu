// ke:recipe softmax_rows
// ke:summary row-wise softmax, 16-byte accesses, a row in the registers of a warp or of a block; a longer one is read twice
// ke:input x float [..., C]
// ke:output y float [..., C]
// ke:calls exp max
// ke:tune THREADS = 256 in {64, 128, 256, 512, 1024}
// ke:tune WARP_PACKS = 4 in {1, 2, 4}
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

struct Sum {
  static constexpr float kNeutral = 0;
  __device__ float operator()(float a, float b) const { return a + b; }
};

struct Max {
  static constexpr float kNeutral = -INFINITY;
  __device__ float operator()(float a, float b) const { return fmaxf(a, b); }
};

// Over a warp, or over the block; every thread gets the result.
template <bool WARP, typename Op>
__device__ float Reduce(float value, Op op) {
#pragma unroll
  for (int distance = 16; distance > 0; distance /= 2)
    value = op(value, __shfl_xor_sync(~0u, value, distance));
  if constexpr (!WARP) {
    __shared__ float parts[32];
    const int lane = threadIdx.x % 32;
    __syncthreads();  // The parts of the last reduction were read.
    if (lane == 0) parts[threadIdx.x / 32] = value;
    __syncthreads();
    value = lane < kThreads / 32 ? parts[lane] : Op::kNeutral;
#pragma unroll
    for (int distance = 16; distance > 0; distance /= 2)
      value = op(value, __shfl_xor_sync(~0u, value, distance));
  }
  return value;
}

// A thread's share of a row: PACKS accesses of WIDTH elements.
template <int WIDTH, int PACKS, bool WARP>
struct Share {
  static constexpr int kGroup = WARP ? 32 : kThreads;

  __device__ static int64_t Column(int pack) {
    return (static_cast<int64_t>(pack) * kGroup + threadIdx.x % kGroup) *
           WIDTH;
  }
  // WIDTH divides cols, so an access is inside as a whole or not at all.
  __device__ void Load(const Real* row, int64_t cols, float fill) {
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      Pack<WIDTH> pack;
      const bool inside = Column(p) < cols;
      if (inside)
        pack = *reinterpret_cast<const Pack<WIDTH>*>(row + Column(p));
#pragma unroll
      for (int i = 0; i < WIDTH; ++i)
        v[p][i] = inside ? ToFloat(pack.at[i]) : fill;
    }
  }
  __device__ void Store(Real* row, int64_t cols) const {
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      Pack<WIDTH> pack;
#pragma unroll
      for (int i = 0; i < WIDTH; ++i) Set(pack.at[i], v[p][i]);
      if (Column(p) < cols)
        *reinterpret_cast<Pack<WIDTH>*>(row + Column(p)) = pack;
    }
  }

  float v[PACKS][WIDTH];
};

struct Arguments {
  const Real* x;
  Real* y;
  int64_t rows, cols;
};

template <int WIDTH, int PACKS, bool WARP>
__global__ void __launch_bounds__(kThreads) WholeRows(Arguments a) {
  const int64_t row =
      WARP ? static_cast<int64_t>(blockIdx.x) * (kThreads / 32) +
                 threadIdx.x / 32
           : blockIdx.x;
  if (row >= a.rows) return;
  using Shared = Share<WIDTH, PACKS, WARP>;
  Shared x;
  x.Load(a.x + row * a.cols, a.cols, -INFINITY);
  float top = -INFINITY, total = 0;
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) top = fmaxf(top, x.v[p][i]);
  top = Reduce<WARP>(top, Max());
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) {
      // Past the end of a row of -inf, -inf - -inf is no number.
      const bool inside = Shared::Column(p) < a.cols;
      x.v[p][i] = inside ? expf(x.v[p][i] - top) : 0.0f;
      total += x.v[p][i];
    }
  const float scale = 1.0f / Reduce<WARP>(total, Sum());
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) x.v[p][i] *= scale;
  x.Store(a.y + row * a.cols, a.cols);
}

// A row that does not fit in a block's registers is read again.
template <int WIDTH>
__global__ void __launch_bounds__(kThreads) LongRows(Arguments a) {
  const Real* row = a.x + blockIdx.x * a.cols;
  Real* out = a.y + blockIdx.x * a.cols;
  const int64_t step = static_cast<int64_t>(kThreads) * WIDTH;
  using Piece = Share<WIDTH, 1, false>;
  float top = -INFINITY, total = 0;
  for (int64_t c = 0; c < a.cols; c += step) {
    Piece x;
    x.Load(row + c, a.cols - c, -INFINITY);
    float high = top;
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) high = fmaxf(high, x.v[0][i]);
    // A thread that saw nothing but -inf would subtract it from itself.
    const float safe = high == -INFINITY ? 0.0f : high;
    total *= expf(top - safe);
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) total += expf(x.v[0][i] - safe);
    top = high;
  }
  const float high = Reduce<false>(top, Max());
  const float scale =
      1.0f / Reduce<false>(total * expf(top - high), Sum());
  for (int64_t c = 0; c < a.cols; c += step) {
    Piece x;
    x.Load(row + c, a.cols - c, 0);
#pragma unroll
    for (int i = 0; i < WIDTH; ++i) x.v[0][i] = expf(x.v[0][i] - high) * scale;
    x.Store(out + c, a.cols - c);
  }
}

template <int WIDTH, int PACKS, bool WARP>
void LaunchWhole(const Arguments& a, cudaStream_t stream) {
  const int64_t per_block = WARP ? kThreads / 32 : 1;
  const auto blocks =
      static_cast<unsigned>((a.rows + per_block - 1) / per_block);
  WholeRows<WIDTH, PACKS, WARP><<<blocks, kThreads, 0, stream>>>(a);
}

template <int WIDTH, bool WARP>
bool LaunchPacks(const Arguments& a, cudaStream_t stream) {
  constexpr int kGroup = WARP ? 32 : kThreads;
  // A thread keeps 32 elements at most.
  constexpr int kMost = 32 / WIDTH < 16 ? 32 / WIDTH : 16;
  const int64_t packs = (a.cols + kGroup * WIDTH - 1) / (kGroup * WIDTH);
  if (packs > (WARP ? WARP_PACKS : kMost)) return false;
  if (packs <= 1) return LaunchWhole<WIDTH, 1, WARP>(a, stream), true;
  if (packs <= 2) return LaunchWhole<WIDTH, 2, WARP>(a, stream), true;
  if (packs <= 4) return LaunchWhole<WIDTH, 4, WARP>(a, stream), true;
  if constexpr (kMost >= 8)
    if (packs <= 8) return LaunchWhole<WIDTH, 8, WARP>(a, stream), true;
  if constexpr (kMost >= 16)
    if (packs <= 16) return LaunchWhole<WIDTH, 16, WARP>(a, stream), true;
  return false;
}

template <int WIDTH>
void Launch(const Arguments& a, cudaStream_t stream) {
  if (LaunchPacks<WIDTH, true>(a, stream)) return;
  if (LaunchPacks<WIDTH, false>(a, stream)) return;
  LongRows<WIDTH>
      <<<static_cast<unsigned>(a.rows), kThreads, 0, stream>>>(a);
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[IN_x];
  Arguments a{};
  a.x = static_cast<const Real*>(x.data);
  a.y = static_cast<Real*>(call->outputs[OUT_y].data);
  a.cols = x.shape[x.rank - 1];
  a.rows = 1;
  for (int i = 0; i + 1 < x.rank; ++i) a.rows *= x.shape[i];
  if (a.rows == 0 || a.cols == 0) return 0;
  const auto stream = static_cast<cudaStream_t>(call->stream);
  if (a.cols % kWide == 0)
    Launch<kWide>(a, stream);
  else
    Launch<1>(a, stream);
  return static_cast<int>(cudaGetLastError());
}
