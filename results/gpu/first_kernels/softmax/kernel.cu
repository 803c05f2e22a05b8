// Softmax, a row in the registers of a warp (short rows) or of a block. All
// loads are issued before the first use; maximum and sum cross the warps of a
// block in one exchange, since each warp sums against its own maximum; a warp's
// maximum is one integer reduction. Whole rows need no bounds checks. Where
// there are many rows, blocks are kept few by shared memory they do not use:
// memory likes the rows in flight close together.
// Small tensors cost latencies, not bytes: a line of the output is prefetched while
// the input is on its way, so that the store meets no cold translation (TOUCH);
// and the way through the arithmetic is walked once with numbers that are there,
// while the loads are not, so that its instructions are (SCOUT).
// ke:tune TOUCH = 1 in {0, 1}
// ke:tune SCOUT = 0 in {0, 1}
// ke:tune SQUARE_THREADS = 128 in {64, 128, 256}
// ke:tune SHORT_THREADS = 128 in {32, 64, 128, 256}
// ke:tune WIDE_THREADS = 512 in {256, 512, 1024}
// ke:tune LONG_THREADS = 1024 in {512, 1024}
// ke:tune ODD_THREADS = 128 in {64, 128, 256}
// ke:tune LOAD = 0 in {0, 1, 2}
// ke:tune STORE = 0 in {0, 1}
// ke:tune RESIDENT = 16 in {6, 8, 10, 12, 16}
#include <algorithm>
#include <cstdint>

#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

constexpr float kLog2e = 1.4426950408889634f;
constexpr int kSharedMemory = 228 * 1024;  // of a multiprocessor

// LOAD 1: by way of the read-only cache; 2: past the L1 cache.
__device__ __forceinline__ float4 Load4(const float* from) {
  float4 v;
  if constexpr (LOAD == 2)
    asm volatile("ld.global.nc.L1::no_allocate.v4.f32 {%0, %1, %2, %3}, [%4];"
                 : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(from));
  else if constexpr (LOAD == 1)
    asm volatile("ld.global.nc.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(from));
  else
    asm volatile("ld.global.v4.f32 {%0, %1, %2, %3}, [%4];" : "=f"(v.x), "=f"(v.y), "=f"(v.z), "=f"(v.w) : "l"(from));
  return v;
}
__device__ __forceinline__ void Store4(float* to, float4 v) {
  if constexpr (STORE == 1)
    __stcs(reinterpret_cast<float4*>(to), v);
  else
    *reinterpret_cast<float4*>(to) = v;
}

// 2^x; what is below the smallest normal number becomes 0.
__device__ __forceinline__ float Exp2(float x) {
  float y;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(y) : "f"(x));
  return y;
}

// Integers in the order of the floats they come from; its own inverse.
__device__ __forceinline__ int Ordered(int bits) { return bits ^ (bits >> 31 & 0x7FFFFFFF); }

__device__ __forceinline__ float WarpMax(float v) {
  return __int_as_float(Ordered(__reduce_max_sync(~0u, Ordered(__float_as_int(v)))));
}
template <int LANES>
__device__ __forceinline__ float LanesSum(float v) {
#pragma unroll
  for (int d = LANES / 2; d > 0; d /= 2) v += __shfl_xor_sync(~0u, v, d);
  return v;
}

// A thread's part of a row: PACKS accesses of WIDTH numbers, GROUP threads side
// by side. WHOLE: the row fills the group. Past the end is -inf, whose
// exponential is 0.
template <int WIDTH, int PACKS, int GROUP, bool WHOLE>
struct Share {
  float v[PACKS][WIDTH];

  __device__ __forceinline__ static int Column(int pack) { return (pack * GROUP + threadIdx.x % GROUP) * WIDTH; }

  __device__ __forceinline__ void Load(const float* row, int cols) {
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = Column(p);
      if constexpr (WIDTH == 4) {
        const float4 four = WHOLE || c < cols ? Load4(row + c) : make_float4(-INFINITY, -INFINITY, -INFINITY, -INFINITY);
        v[p][0] = four.x, v[p][1] = four.y, v[p][2] = four.z, v[p][3] = four.w;
      } else {
        v[p][0] = WHOLE || c < cols ? __ldg(row + c) : -INFINITY;
      }
    }
  }
  __device__ __forceinline__ void Fill(float value) {
#pragma unroll
    for (int p = 0; p < PACKS; ++p)
#pragma unroll
      for (int i = 0; i < WIDTH; ++i) v[p][i] = value;
  }
  __device__ __forceinline__ float Max() const {
    float m[PACKS];
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      m[p] = v[p][0];
      if constexpr (WIDTH == 4) m[p] = fmaxf(fmaxf(v[p][0], v[p][1]), fmaxf(v[p][2], v[p][3]));
    }
#pragma unroll
    for (int p = 1; p < PACKS; ++p) m[0] = fmaxf(m[0], m[p]);
    return m[0];
  }
  __device__ __forceinline__ float Exp(float top) {
    float sum[2] = {0, 0};
#pragma unroll
    for (int p = 0; p < PACKS; ++p)
#pragma unroll
      for (int i = 0; i < WIDTH; ++i) {
        v[p][i] = Exp2((v[p][i] - top) * kLog2e);
        sum[(p * WIDTH + i) % 2] += v[p][i];
      }
    return sum[0] + sum[1];
  }
  __device__ __forceinline__ void Store(float* row, float scale, int cols) const {
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = Column(p);
      if (!WHOLE && c >= cols) continue;
      if constexpr (WIDTH == 4)
        Store4(row + c, make_float4(v[p][0] * scale, v[p][1] * scale, v[p][2] * scale, v[p][3] * scale));
      else
        row[c] = v[p][0] * scale;
    }
  }
};

// One sector of what this thread's block is about to write.
__device__ __forceinline__ void Touch(const float* to) {
  asm volatile("prefetch.global.L2 [%0];" ::"l"(to));
}

// A warp per row. A row of -inf only owes NaN, and -inf - -inf is just that.
template <int WIDTH, int PACKS, int THREADS, bool WHOLE, bool SMALL>
__global__ void __launch_bounds__(THREADS) ByWarp(const float* __restrict__ x, float* __restrict__ y, int rows, int cols) {
  const int row = blockIdx.x * (THREADS / 32) + threadIdx.x / 32;
  if (row >= rows) return;
  const int64_t at = static_cast<int64_t>(row) * cols;
  Share<WIDTH, PACKS, 32, WHOLE> share;
  share.Load(x + at, cols);
  if constexpr (SMALL && TOUCH == 1) {
    if (threadIdx.x == 0) Touch(y + at);
  }
  if constexpr (SMALL && SCOUT == 1) {
    Share<WIDTH, PACKS, 32, WHOLE> now;
    now.Fill(static_cast<float>(threadIdx.x));
#pragma unroll 1
    for (int pass = 0; pass < 2; ++pass) {
      const float sum = LanesSum<32>(now.Exp(WarpMax(now.Max())));
      if (pass == 1) now.Store(y + at, __fdividef(1.0f, sum), cols);
      now = share;
    }
    return;
  }
  const float sum = LanesSum<32>(share.Exp(WarpMax(share.Max())));
  share.Store(y + at, __fdividef(1.0f, sum), cols);
}

// What the numbers of this warp are to be multiplied by. Every NaN reaches the
// total: sums carry NaN, and so does a maximum of NaN or of -inf throughout.
template <int WARPS>
__device__ __forceinline__ float Exchange(float top, float sum, float2* parts) {
  const int lane = threadIdx.x % 32;
  if (lane == 0) parts[threadIdx.x / 32] = make_float2(top, sum);
  __syncthreads();
  float whole, total = 0;
  if constexpr (WARPS <= 4) {
    float2 part[WARPS];
#pragma unroll
    for (int w = 0; w < WARPS; ++w) part[w] = parts[w];
    whole = part[0].x;
#pragma unroll
    for (int w = 1; w < WARPS; ++w) whole = fmaxf(whole, part[w].x);
#pragma unroll
    for (int w = 0; w < WARPS; ++w) total += part[w].y * Exp2((part[w].x - whole) * kLog2e);
  } else {
    const float2 part = parts[lane % WARPS];
    whole = WarpMax(part.x);
    total = LanesSum<WARPS>(part.y * Exp2((part.x - whole) * kLog2e));
  }
  return __fdividef(Exp2((top - whole) * kLog2e), total);
}

template <int WIDTH, int PACKS, int WARPS, bool WHOLE>
__device__ __forceinline__ void Finish(Share<WIDTH, PACKS, WARPS * 32, WHOLE>& share, float* y, int cols, float2* parts) {
  const float top = WarpMax(share.Max());
  // A warp that saw only -inf must not make NaN of a row that has numbers.
  const float sum = LanesSum<32>(share.Exp(top == -INFINITY ? 0.0f : top));
  share.Store(y, Exchange<WARPS>(top, sum, parts), cols);
}

constexpr int Resident(int registers, int threads) { return std::min(2048, 65536 / registers) / threads; }

// A block per row.
template <int WIDTH, int PACKS, int WARPS, bool WHOLE, bool SMALL>
__global__ void __launch_bounds__(WARPS * 32, Resident(WIDTH * PACKS > 16 ? 64 : 32, WARPS * 32))
    ByBlock(const float* __restrict__ x, float* __restrict__ y, int cols) {
  __shared__ float2 parts[SMALL && SCOUT == 1 ? 2 : 1][WARPS];
  const int64_t at = static_cast<int64_t>(blockIdx.x) * cols;
  Share<WIDTH, PACKS, WARPS * 32, WHOLE> share;
  share.Load(x + at, cols);
  if constexpr (SMALL && TOUCH == 1) {
    if (threadIdx.x == 0) Touch(y + at);
  }
  if constexpr (SMALL && SCOUT == 1) {
    Share<WIDTH, PACKS, WARPS * 32, WHOLE> now;
    now.Fill(static_cast<float>(threadIdx.x));
#pragma unroll 1
    for (int pass = 0; pass < 2; ++pass) {
      const float top = WarpMax(now.Max());
      const float sum = LanesSum<32>(now.Exp(top == -INFINITY ? 0.0f : top));
      const float scale = Exchange<WARPS>(top, sum, parts[pass]);
      if (pass == 1) now.Store(y + at, scale, cols);
      now = share;
    }
    return;
  }
  Finish<WIDTH, PACKS, WARPS, WHOLE>(share, y + at, cols, parts[0]);
}

// Rows that no block's registers hold are read twice.
__global__ void __launch_bounds__(1024) Twice(const float* __restrict__ x, float* __restrict__ y, int64_t cols) {
  __shared__ float2 parts[32];
  const float* row = x + blockIdx.x * cols;
  float* out = y + blockIdx.x * cols;
  float top = -INFINITY, sum = 0;
  for (int64_t c = threadIdx.x; c < cols; c += 1024) {
    const float v = row[c], next = fmaxf(top, v), safe = next == -INFINITY ? 0.0f : next;
    sum = sum * Exp2((top - safe) * kLog2e) + Exp2((v - safe) * kLog2e);
    top = next;
  }
  const float high = WarpMax(top), safe = high == -INFINITY ? 0.0f : high;
  sum = LanesSum<32>(sum * Exp2((top - safe) * kLog2e));
  const float scale = Exchange<32>(high, sum, parts);
  for (int64_t c = threadIdx.x; c < cols; c += 1024) out[c] = Exp2((row[c] - safe) * kLog2e) * scale;
}

struct Call {
  const float* x;
  float* y;
  int rows, cols;
  cudaStream_t stream;
};

bool IsSmall(const Call& c) { return int64_t{c.rows} * c.cols < int64_t{1} << 23; }

template <int WIDTH, int PACKS, int THREADS>
bool Warp(const Call& c) {
  constexpr int kMost = 32 * WIDTH * PACKS, kRows = THREADS / 32;
  if (c.cols > kMost) return false;
  const auto kernel = IsSmall(c) ? (c.cols == kMost ? ByWarp<WIDTH, PACKS, THREADS, true, true> : ByWarp<WIDTH, PACKS, THREADS, false, true>)
                                 : (c.cols == kMost ? ByWarp<WIDTH, PACKS, THREADS, true, false> : ByWarp<WIDTH, PACKS, THREADS, false, false>);
  kernel<<<(c.rows + kRows - 1) / kRows, THREADS, 0, c.stream>>>(c.x, c.y, c.rows, c.cols);
  return true;
}

template <int WIDTH, int PACKS, int THREADS>
bool Block(const Call& c) {
  constexpr int kMost = THREADS * WIDTH * PACKS, kWarps = THREADS / 32;
  if (c.cols > kMost) return false;
  const auto kernel = IsSmall(c) ? (c.cols == kMost ? ByBlock<WIDTH, PACKS, kWarps, true, true> : ByBlock<WIDTH, PACKS, kWarps, false, true>)
                                 : (c.cols == kMost ? ByBlock<WIDTH, PACKS, kWarps, true, false> : ByBlock<WIDTH, PACKS, kWarps, false, false>);
  // RESIDENT blocks of 4 KB rows per multiprocessor where the tensor is large.
  const bool large = c.cols <= 1024 && int64_t{c.rows} * c.cols >= int64_t{1} << 24;
  const int unused = large && RESIDENT < 2048 / THREADS ? (kSharedMemory / RESIDENT - 1024) / 128 * 128 : 0;
  if (unused > 48 * 1024) cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, unused);
  kernel<<<c.rows, THREADS, unused, c.stream>>>(c.x, c.y, c.cols);
  return true;
}

// Up to 1024 columns.
bool Short(const Call& c) {
  if (Warp<4, 1, 128>(c) || Warp<4, 2, 128>(c) || Warp<4, 4, 128>(c)) return true;
  if (IsSmall(c)) return Block<4, 256 / SQUARE_THREADS, SQUARE_THREADS>(c);
  if constexpr (SHORT_THREADS == 32)
    return Warp<4, 8, 128>(c);
  else
    return Block<4, 256 / SHORT_THREADS, SHORT_THREADS>(c);
}

bool Vectors(const Call& c) {
  return Short(c) || Block<4, 1, 512>(c) || Block<4, 1024 / WIDE_THREADS, WIDE_THREADS>(c) || Block<4, 2, 1024>(c) ||
         Block<4, 4096 / LONG_THREADS, LONG_THREADS>(c) || Block<4, 8, 1024>(c);
}

bool Singles(const Call& c) {
  return Warp<1, 2, ODD_THREADS>(c) || Warp<1, 4, ODD_THREADS>(c) || Warp<1, 7, ODD_THREADS>(c) || Warp<1, 11, ODD_THREADS>(c) ||
         Warp<1, 16, ODD_THREADS>(c) || Block<1, 4, 256>(c) || Block<1, 4, 512>(c) || Block<1, 4, 1024>(c) || Block<1, 16, 1024>(c);
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  const ke_tensor& x = call->inputs[0];
  Call c{};
  c.x = static_cast<const float*>(x.data);
  c.y = static_cast<float*>(call->outputs[0].data);
  c.rows = static_cast<int>(x.shape[0]);
  c.cols = static_cast<int>(x.shape[1]);
  c.stream = static_cast<cudaStream_t>(call->stream);
  if (!(c.cols % 4 == 0 ? Vectors(c) : Singles(c))) Twice<<<c.rows, 1024, 0, c.stream>>>(c.x, c.y, c.cols);
  return static_cast<int>(cudaGetLastError());
}
