// Fewer instructions per element: what bounds the kernel is not memory but the
// way of a row through the block. The weight lies in registers as floats, numbers
// are unpacked once, both sums cross a warp in six shuffles instead of ten.
// FUSED: a cooperative launch whose blocks meet once and then add the partials,
// instead of a second kernel. ALONE: up to 512 columns each warp has a ring and
// rows of its own and waits for no other.
// Both gradients in one trip: persistent blocks, rows come to a ring in shared
// memory by bulk copies (deep prefetch without registers), W warps share a row,
// the weight's gradient stays in registers; a second kernel adds the partials.
// MANY (up to 512 columns) and LARGE (more than 4096): 0 the rings above, of
// MANY_RING and LARGE_RING KB; 1: no ring, each thread loads its part of the next
// two rows into registers, as softmax does, which is nearer to the roof.
// ke:tune MANY = 0 in {0, 1}
// ke:tune LARGE = 0 in {0, 1}
// ke:tune MANY_RING = 120 in {80, 120, 160, 200}
// ke:tune LARGE_RING = 128 in {64, 96, 128, 200}
// ke:tune THREADS = 1024 in {512, 1024}
// ke:tune RING = 200 in {64, 96, 128, 200}
// ke:tune STREAM = 1 in {0, 1}
// ke:tune FUSED = 1 in {0, 1}
// ke:tune ALONE = 1 in {0, 1}
#include <cstdint>

#include <cooperative_groups.h>
#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

using Real = __nv_bfloat16;
constexpr int kWarps = THREADS / 32, kMaxStages = 8;
constexpr int kAlone = kWarps * 5 / 8;  // warps with rows of their own
constexpr int kPerSm = 1024 / THREADS, kBlocks = 132 * kPerSm;

__device__ __forceinline__ unsigned Shared(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}
__device__ __forceinline__ void Expect(unsigned bar, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar), "r"(bytes) : "memory");
}
__device__ __forceinline__ void Wait(unsigned bar, unsigned parity) {
  asm volatile(
      "{\n.reg .pred p;\nWAIT_%=:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@p bra DONE_%=;\nbra WAIT_%=;\nDONE_%=:\n}" ::"r"(bar), "r"(parity) : "memory");
}
__device__ __forceinline__ void BulkIn(unsigned to, const void* from, unsigned bytes, unsigned bar) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
      "l"(from), "r"(bytes), "r"(bar) : "memory");
}
__device__ __forceinline__ float Low(unsigned v) { return __uint_as_float(v << 16); }
__device__ __forceinline__ float High(unsigned v) { return __uint_as_float(v & 0xFFFF0000u); }
__device__ __forceinline__ unsigned Pack(float low, float high) {
  const __nv_bfloat162 v = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&v);
}
__device__ __forceinline__ uint4 Lds(unsigned at) {
  uint4 v;
  asm volatile("ld.shared.v4.b32 {%0, %1, %2, %3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "r"(at) : "memory");
  return v;
}

__device__ __forceinline__ void Unpack(float (&to)[8], const uint4& v) {
  to[0] = Low(v.x), to[1] = High(v.x), to[2] = Low(v.y), to[3] = High(v.y);
  to[4] = Low(v.z), to[5] = High(v.z), to[6] = Low(v.w), to[7] = High(v.w);
}
// Both sums over LANES lanes, for all of them: after the first step one half has
// the one sum, the other half the other.
template <int LANES>
__device__ __forceinline__ void SumBoth(float& first, float& second) {
  if constexpr (LANES == 1) return;
  const bool upper = threadIdx.x & LANES / 2;
  const float mine = upper ? second : first, other = upper ? first : second;
  float v = mine + __shfl_xor_sync(~0u, other, LANES / 2);
#pragma unroll
  for (int d = LANES / 4; d > 0; d /= 2) v += __shfl_xor_sync(~0u, v, d);
  const float w = __shfl_xor_sync(~0u, v, LANES / 2);
  first = upper ? w : v;
  second = upper ? v : w;
}

struct Arguments {
  const Real *grad_y, *x, *weight;
  Real *grad_x, *grad_weight;
  float* partials;
  int rows, cols, stages;
  float eps;
};

constexpr int kGroupHeader = 24 * 8 * 8 + 512;  // barriers of up to 24 rings, parts of sums
constexpr int kHeader = 128 + 2 * 32 * 8;  // barriers and parts of sums

__device__ __forceinline__ void Anew(uint4& v) { asm volatile("" : "+r"(v.x), "+r"(v.y), "+r"(v.z), "+r"(v.w)); }

// The sums of a block's COUNT rows side by side.
template <int COUNT, int WARPS>
__device__ __forceinline__ void AddUp(const float* rows, float* partial, int cols) {
  __syncthreads();
  for (int c = threadIdx.x; c < cols; c += WARPS * 32) {
    float total[2] = {0, 0};
#pragma unroll 8
    for (int r = 0; r < COUNT; ++r) total[r % 2] += rows[r * cols + c];
    partial[c] = total[0] + total[1];
  }
}

// When all blocks have written their partials, 64 columns each are added.
template <int WARPS>
__device__ __forceinline__ void FoldHere(const Arguments& a, unsigned char* memory) {
  cooperative_groups::this_grid().sync();
  float* parts = reinterpret_cast<float*>(memory + kHeader);  // [warps][65]
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  for (int first = blockIdx.x * 64; first < a.cols; first += gridDim.x * 64) {
    const int c = first + 2 * lane;  // cols is even
    float2 total = make_float2(0, 0);
    if (c < a.cols) {
#pragma unroll 5
      for (int r = warp; r < static_cast<int>(gridDim.x); r += WARPS) {
        const float2 v = __ldcg(reinterpret_cast<const float2*>(a.partials + static_cast<int64_t>(r) * a.cols + c));
        total.x += v.x, total.y += v.y;
      }
    }
    __syncthreads();
    parts[warp * 65 + 2 * lane] = total.x;
    parts[warp * 65 + 2 * lane + 1] = total.y;
    __syncthreads();
    for (int t = warp; t < 64; t += WARPS) {
      float v = lane < WARPS ? parts[lane * 65 + t] : 0.0f;
#pragma unroll
      for (int d = 16; d > 0; d /= 2) v += __shfl_xor_sync(~0u, v, d);
      if (lane == 0 && first + t < a.cols) a.grad_weight[first + t] = __float2bfloat16_rn(v);
    }
  }
}

// GROUP warps share a row, PACKS accesses of 8 elements per thread.
template <int GROUP, int PACKS>
__global__ void __launch_bounds__(THREADS, kPerSm) Ring(Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  constexpr int kRows = kWarps / GROUP, kThreads = GROUP * 32;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int mine = warp / GROUP, thread = threadIdx.x % kThreads;
  const unsigned bars = Shared(memory), data = bars + kHeader;
  auto* parts = reinterpret_cast<float2*>(memory + 128);  // [2][warps]
  const unsigned half = kRows * a.cols * 2;               // bytes of one of the two tensors
  const int turns = (a.rows + kRows - 1) / kRows;
  const auto issue = [&](int turn, int stage) {
    const int64_t at = static_cast<int64_t>(turn) * kRows * a.cols;
    const unsigned bytes = min(kRows, a.rows - turn * kRows) * a.cols * 2, to = data + stage * 2 * half;
    Expect(bars + stage * 8, 2 * bytes);
    BulkIn(to, a.grad_y + at, bytes, bars + stage * 8);
    BulkIn(to + half, a.x + at, bytes, bars + stage * 8);
  };
  if (threadIdx.x == 0) {
    for (int s = 0; s < a.stages; ++s)
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(bars + s * 8) : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    for (int s = 0; s < a.stages; ++s)
      if (static_cast<int>(blockIdx.x + s * gridDim.x) < turns) issue(blockIdx.x + s * gridDim.x, s);
  }
  float w[PACKS][8], total[PACKS][8];
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    const int c = (p * kThreads + thread) * 8;
    Unpack(w[p], c < a.cols ? __ldg(reinterpret_cast<const uint4*>(a.weight + c)) : make_uint4(0, 0, 0, 0));
#pragma unroll
    for (int i = 0; i < 8; ++i) total[p][i] = 0;
  }
  const float inverse = 1.0f / static_cast<float>(a.cols);
  __syncthreads();
  int stage = 0, phase = 0, round = 0;
  for (int turn = blockIdx.x; turn < turns; turn += gridDim.x, round ^= 1) {
    Wait(bars + stage * 8, phase);
    const int64_t row = static_cast<int64_t>(turn) * kRows + mine;
    const bool live = row < a.rows;
    float g[PACKS][8], x[PACKS][8], squares = 0, dot = 0, squares2 = 0, dot2 = 0;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = (p * kThreads + thread) * 8;
      const unsigned at = data + stage * 2 * half + (mine * a.cols + c) * 2;
      const bool inside = live && c < a.cols;
      Unpack(g[p], inside ? Lds(at) : make_uint4(0, 0, 0, 0));
      Unpack(x[p], inside ? Lds(at + half) : make_uint4(0, 0, 0, 0));
#pragma unroll
      for (int i = 0; i < 8; i += 2) {
        squares = fmaf(x[p][i], x[p][i], squares);
        dot = fmaf(g[p][i] * w[p][i], x[p][i], dot);
        squares2 = fmaf(x[p][i + 1], x[p][i + 1], squares2);
        dot2 = fmaf(g[p][i + 1] * w[p][i + 1], x[p][i + 1], dot2);
      }
    }
    squares += squares2, dot += dot2;
    SumBoth<32>(squares, dot);
    if constexpr (GROUP > 1) {
      if (lane == 0) parts[round * 32 + warp] = make_float2(squares, dot);
    }
    __syncthreads();  // The stage is read, the parts are there.
    if (threadIdx.x == 0) {
      const int next = turn + a.stages * gridDim.x;
      if (next < turns) issue(next, stage);
    }
    if constexpr (GROUP > 1) {
      const float2 part = parts[round * 32 + mine * GROUP + lane % GROUP];
      squares = part.x, dot = part.y;
      SumBoth<GROUP>(squares, dot);
    }
    const float scale = rsqrtf(squares * inverse + a.eps), pull = dot * inverse * scale * scale;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = (p * kThreads + thread) * 8;
      unsigned out[4];
#pragma unroll
      for (int i = 0; i < 8; i += 2) {
        float v[2];
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const float normal = x[p][i + e] * scale;
          total[p][i + e] = fmaf(g[p][i + e], normal, total[p][i + e]);
          v[e] = fmaf(-normal, pull, g[p][i + e] * w[p][i + e] * scale);
        }
        out[i / 2] = Pack(v[0], v[1]);
      }
      if (live && c < a.cols) {
        uint4* to = reinterpret_cast<uint4*>(a.grad_x + row * a.cols + c);
        const uint4 v = make_uint4(out[0], out[1], out[2], out[3]);
        if constexpr (STREAM == 1) __stcs(to, v); else *to = v;
      }
    }
    if (++stage == a.stages) stage = 0, phase ^= 1;
  }
  // Rows that a block walked side by side are added in shared memory.
  float* partial = a.partials + static_cast<int64_t>(blockIdx.x) * a.cols;
  float* sums = kRows > 1 ? reinterpret_cast<float*>(memory + kHeader) + mine * a.cols : partial;
  if constexpr (kRows > 1) __syncthreads();
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < 8; i += 4) {
      const int c = (p * kThreads + thread) * 8 + i;
      if (c < a.cols)
        *reinterpret_cast<float4*>(sums + c) = make_float4(total[p][i], total[p][i + 1], total[p][i + 2], total[p][i + 3]);
    }
  if constexpr (kRows > 1) AddUp<kRows, kWarps>(reinterpret_cast<const float*>(memory + kHeader), partial, a.cols);
  if constexpr (FUSED == 1) FoldHere<kWarps>(a, memory);
}

// A warp per row, with a ring of its own: nobody waits for anybody.
template <int PACKS>
__global__ void __launch_bounds__(kAlone * 32, kPerSm) RingByWarp(Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const unsigned bytes = a.cols * 2, bars = Shared(memory) + warp * kMaxStages * 8;
  const unsigned data = Shared(memory) + kAlone * kMaxStages * 8 + warp * a.stages * 2 * bytes;
  const int step = gridDim.x * kAlone;
  const auto issue = [&](int row, int stage) {
    const int64_t at = static_cast<int64_t>(row) * a.cols;
    const unsigned to = data + stage * 2 * bytes;
    Expect(bars + stage * 8, 2 * bytes);
    BulkIn(to, a.grad_y + at, bytes, bars + stage * 8);
    BulkIn(to + bytes, a.x + at, bytes, bars + stage * 8);
  };
  int row = blockIdx.x * kAlone + warp;
  if (lane == 0) {
    for (int s = 0; s < a.stages; ++s)
      asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(bars + s * 8) : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    for (int s = 0; s < a.stages; ++s)
      if (row + s * step < a.rows) issue(row + s * step, s);
  }
  uint4 w[PACKS];
  float total[PACKS][8];
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    const int c = (p * 32 + lane) * 8;
    w[p] = c < a.cols ? __ldg(reinterpret_cast<const uint4*>(a.weight + c)) : make_uint4(0, 0, 0, 0);
#pragma unroll
    for (int i = 0; i < 8; ++i) total[p][i] = 0;
  }
  const float inverse = 1.0f / static_cast<float>(a.cols);
  __syncwarp();
  int stage = 0, phase = 0;
  for (; row < a.rows; row += step) {
    Wait(bars + stage * 8, phase);
    uint4 g[PACKS], x[PACKS];
    float squares = 0, dot = 0, squares2 = 0, dot2 = 0;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = (p * 32 + lane) * 8;
      const unsigned at = data + stage * 2 * bytes + c * 2;
      g[p] = c < a.cols ? Lds(at) : make_uint4(0, 0, 0, 0);
      x[p] = c < a.cols ? Lds(at + bytes) : make_uint4(0, 0, 0, 0);
      float gs[8], xs[8], ws[8];
      Unpack(gs, g[p]);
      Unpack(xs, x[p]);
      Unpack(ws, w[p]);
#pragma unroll
      for (int i = 0; i < 8; i += 2) {
        squares = fmaf(xs[i], xs[i], squares);
        dot = fmaf(gs[i] * ws[i], xs[i], dot);
        squares2 = fmaf(xs[i + 1], xs[i + 1], squares2);
        dot2 = fmaf(gs[i + 1] * ws[i + 1], xs[i + 1], dot2);
      }
    }
    __syncwarp();  // The stage is read.
    if (lane == 0 && row + a.stages * step < a.rows) issue(row + a.stages * step, stage);
    squares += squares2, dot += dot2;
    SumBoth<32>(squares, dot);
    const float scale = rsqrtf(squares * inverse + a.eps), pull = dot * inverse * scale * scale;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = (p * 32 + lane) * 8;
      // Unpacked anew: the registers hold no more.
      Anew(g[p]);
      Anew(x[p]);
      Anew(w[p]);
      float gs[8], xs[8], ws[8];
      Unpack(gs, g[p]);
      Unpack(xs, x[p]);
      Unpack(ws, w[p]);
      unsigned out[4];
#pragma unroll
      for (int i = 0; i < 8; i += 2) {
        float v[2];
#pragma unroll
        for (int e = 0; e < 2; ++e) {
          const float normal = xs[i + e] * scale;
          total[p][i + e] = fmaf(gs[i + e], normal, total[p][i + e]);
          v[e] = fmaf(-normal, pull, gs[i + e] * ws[i + e] * scale);
        }
        out[i / 2] = Pack(v[0], v[1]);
      }
      if (c < a.cols) {
        uint4* to = reinterpret_cast<uint4*>(a.grad_x + static_cast<int64_t>(row) * a.cols + c);
        const uint4 v = make_uint4(out[0], out[1], out[2], out[3]);
        if constexpr (STREAM == 1) __stcs(to, v); else *to = v;
      }
    }
    if (++stage == a.stages) stage = 0, phase ^= 1;
  }
  __syncthreads();
  float* all = reinterpret_cast<float*>(memory + kAlone * kMaxStages * 8);
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < 8; i += 4) {
      const int c = (p * 32 + lane) * 8 + i;
      if (c < a.cols)
        *reinterpret_cast<float4*>(all + warp * a.cols + c) =
            make_float4(total[p][i], total[p][i + 1], total[p][i + 2], total[p][i + 3]);
    }
  AddUp<kAlone, kAlone>(all, a.partials + static_cast<int64_t>(blockIdx.x) * a.cols, a.cols);
  if constexpr (FUSED == 1) FoldHere<kAlone>(a, memory);
}

// The sums of a group's warps for all of them; also the point where all have read.
template <int GROUP>
__device__ __forceinline__ void SumOfGroup(float& squares, float& dot, float2* parts) {
  SumBoth<32>(squares, dot);
  if constexpr (GROUP > 1) {
    const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, mine = warp / GROUP;
    if (lane == 0) parts[warp] = make_float2(squares, dot);
    asm volatile("bar.sync %0, %1;" ::"r"(1 + mine), "n"(GROUP * 32) : "memory");
    const float2 part = parts[mine * GROUP + lane % GROUP];
    squares = part.x, dot = part.y;
    SumBoth<GROUP>(squares, dot);
  }
}

// What a thread does with its part of a row: sums first, then both gradients.
template <int PACKS>
__device__ __forceinline__ void SumsOf(const uint4 (&g)[PACKS], const uint4 (&x)[PACKS], const uint4 (&w)[PACKS], float& squares, float& dot) {
  float squares2 = 0, dot2 = 0;
  squares = 0, dot = 0;
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    float gs[8], xs[8], ws[8];
    Unpack(gs, g[p]);
    Unpack(xs, x[p]);
    Unpack(ws, w[p]);
#pragma unroll
    for (int i = 0; i < 8; i += 2) {
      squares = fmaf(xs[i], xs[i], squares);
      dot = fmaf(gs[i] * ws[i], xs[i], dot);
      squares2 = fmaf(xs[i + 1], xs[i + 1], squares2);
      dot2 = fmaf(gs[i + 1] * ws[i + 1], xs[i + 1], dot2);
    }
  }
  squares += squares2, dot += dot2;
}
template <int PACKS, int SPAN>
__device__ __forceinline__ void Gradients(uint4 (&g)[PACKS], uint4 (&x)[PACKS], uint4 (&w)[PACKS], float (&total)[PACKS][8], float scale, float pull,
                                          Real* to, int column, int cols) {
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    Anew(g[p]);  // Unpacked anew: the registers hold no more.
    Anew(x[p]);
    Anew(w[p]);
    float gs[8], xs[8], ws[8];
    Unpack(gs, g[p]);
    Unpack(xs, x[p]);
    Unpack(ws, w[p]);
    unsigned out[4];
#pragma unroll
    for (int i = 0; i < 8; i += 2) {
      float v[2];
#pragma unroll
      for (int e = 0; e < 2; ++e) {
        const float normal = xs[i + e] * scale;
        total[p][i + e] = fmaf(gs[i + e], normal, total[p][i + e]);
        v[e] = fmaf(-normal, pull, gs[i + e] * ws[i + e] * scale);
      }
      out[i / 2] = Pack(v[0], v[1]);
    }
    const int c = column + p * SPAN;
    if (c < cols) {
      uint4* at = reinterpret_cast<uint4*>(to + c);
      const uint4 v = make_uint4(out[0], out[1], out[2], out[3]);
      if constexpr (STREAM == 1) __stcs(at, v); else *at = v;
    }
  }
}
// The weight's gradient of a block's COUNT rows side by side.
template <int COUNT, int WARPS, int PACKS, int SPAN>
__device__ __forceinline__ void Finish(const Arguments& a, unsigned char* memory, const float (&total)[PACKS][8], int mine, int column) {
  float* partial = a.partials + static_cast<int64_t>(blockIdx.x) * a.cols;
  float* all = reinterpret_cast<float*>(memory + kGroupHeader);
  float* sums = COUNT > 1 ? all + mine * a.cols : partial;
  __syncthreads();
#pragma unroll
  for (int p = 0; p < PACKS; ++p)
#pragma unroll
    for (int i = 0; i < 8; i += 4) {
      const int c = column + p * SPAN + i;
      if (c < a.cols) *reinterpret_cast<float4*>(sums + c) = make_float4(total[p][i], total[p][i + 1], total[p][i + 2], total[p][i + 3]);
    }
  if constexpr (COUNT > 1) AddUp<COUNT, WARPS>(all, partial, a.cols);
  if constexpr (FUSED == 1) FoldHere<WARPS>(a, memory);
}

__device__ __forceinline__ uint4 Ldg(const Real* from) {
  uint4 v;
  asm volatile("ld.global.v4.b32 {%0, %1, %2, %3}, [%4];" : "=r"(v.x), "=r"(v.y), "=r"(v.z), "=r"(v.w) : "l"(from));
  return v;
}

// GROUP warps per row, the rows DISTANCE turns ahead on their way to registers.
template <int GROUP, int PACKS, int WARPS, int DISTANCE>
__global__ void __launch_bounds__(WARPS * 32, 1) Straight(Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  constexpr int kRows = WARPS / GROUP, kThreads = GROUP * 32;
  const int mine = threadIdx.x / kThreads, thread = threadIdx.x % kThreads, column = thread * 8;
  auto* parts = reinterpret_cast<float2*>(memory + kGroupHeader - 512);  // [2][32]
  const int step = gridDim.x * kRows;
  int row = blockIdx.x * kRows + mine;
  struct Ahead {
    uint4 g[PACKS], x[PACKS];
  } ahead[DISTANCE];
  const auto load = [&](Ahead& to, int of) {
    if (of >= a.rows) return;
    const int64_t at = static_cast<int64_t>(of) * a.cols + column;
#pragma unroll
    for (int p = 0; p < PACKS; ++p)
      if (column + p * kThreads * 8 < a.cols) {
        to.g[p] = Ldg(a.grad_y + at + p * kThreads * 8);
        to.x[p] = Ldg(a.x + at + p * kThreads * 8);
      }
  };
  uint4 w[PACKS];
  float total[PACKS][8];
#pragma unroll
  for (int d = 0; d < DISTANCE; ++d) {
#pragma unroll
    for (int p = 0; p < PACKS; ++p) ahead[d].g[p] = ahead[d].x[p] = make_uint4(0, 0, 0, 0);
    load(ahead[d], row + d * step);
  }
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    const int c = column + p * kThreads * 8;
    w[p] = c < a.cols ? __ldg(reinterpret_cast<const uint4*>(a.weight + c)) : make_uint4(0, 0, 0, 0);
#pragma unroll
    for (int i = 0; i < 8; ++i) total[p][i] = 0;
  }
  const float inverse = 1.0f / static_cast<float>(a.cols);
  int round = 0;
  while (row < a.rows) {
#pragma unroll
    for (int d = 0; d < DISTANCE; ++d) {
      if (row < a.rows) {
        uint4 g[PACKS], x[PACKS];
#pragma unroll
        for (int p = 0; p < PACKS; ++p) g[p] = ahead[d].g[p], x[p] = ahead[d].x[p];
        load(ahead[d], row + DISTANCE * step);
        float squares, dot;
        SumsOf<PACKS>(g, x, w, squares, dot);
        SumOfGroup<GROUP>(squares, dot, parts + round);
        const float scale = rsqrtf(squares * inverse + a.eps), pull = dot * inverse * scale * scale;
        Gradients<PACKS, kThreads * 8>(g, x, w, total, scale, pull, a.grad_x + static_cast<int64_t>(row) * a.cols, column, a.cols);
      }
      row += step, round ^= 32;
    }
  }
  Finish<kRows, WARPS, PACKS, kThreads * 8>(a, memory, total, mine, column);
}

// Any width: a block per row in turn, everything read twice.
__global__ void __launch_bounds__(256) Plain(Arguments a) {
  __shared__ float2 parts[8];
  float* partial = a.partials + static_cast<int64_t>(blockIdx.x) * a.cols;
  for (int c = threadIdx.x; c < a.cols; c += 256) partial[c] = 0;
  for (int64_t row = blockIdx.x; row < a.rows; row += gridDim.x) {
    const Real *g = a.grad_y + row * a.cols, *x = a.x + row * a.cols;
    float squares = 0, dot = 0;
    for (int c = threadIdx.x; c < a.cols; c += 256) {
      const float v = __bfloat162float(x[c]);
      squares += v * v;
      dot += __bfloat162float(g[c]) * __bfloat162float(a.weight[c]) * v;
    }
#pragma unroll
    for (int d = 16; d > 0; d /= 2) {
      squares += __shfl_xor_sync(~0u, squares, d);
      dot += __shfl_xor_sync(~0u, dot, d);
    }
    __syncthreads();
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = make_float2(squares, dot);
    __syncthreads();
    squares = 0, dot = 0;
    for (int i = 0; i < 8; ++i) squares += parts[i].x, dot += parts[i].y;
    const float scale = rsqrtf(squares / static_cast<float>(a.cols) + a.eps);
    const float pull = dot / static_cast<float>(a.cols) * scale * scale;
    for (int c = threadIdx.x; c < a.cols; c += 256) {
      const float gv = __bfloat162float(g[c]), v = __bfloat162float(x[c]);
      partial[c] += gv * v * scale;
      a.grad_x[row * a.cols + c] = __float2bfloat16_rn((gv * __bfloat162float(a.weight[c]) - v * pull) * scale);
    }
  }
}

__global__ void __launch_bounds__(1024) Fold(const float* __restrict__ partials, Real* __restrict__ grad_weight, int count, int cols) {
  __shared__ float parts[32][33];
  const int c = blockIdx.x * 32 + threadIdx.x;
  float total = 0;
  if (c < cols) {
#pragma unroll 8
    for (int r = threadIdx.y; r < count; r += 32) total += partials[static_cast<int64_t>(r) * cols + c];
  }
  parts[threadIdx.y][threadIdx.x] = total;
  __syncthreads();
  total = parts[threadIdx.x][threadIdx.y];
#pragma unroll
  for (int d = 16; d > 0; d /= 2) total += __shfl_xor_sync(~0u, total, d);
  const int mine = blockIdx.x * 32 + threadIdx.y;
  if (threadIdx.x == 0 && mine < cols) grad_weight[mine] = __float2bfloat16_rn(total);
}

bool IsRing(int64_t cols) { return cols % 8 == 0 && cols <= THREADS * 16; }

// Warps per row: 8 elements per thread, 16 where a block is too small.
int GroupOf(int64_t cols) {
  int group = 1;
  while (group * 256 < cols && group < kWarps) group *= 2;
  return group;
}

bool IsLarge(int64_t cols) { return LARGE > 0 && cols % 8 == 0 && cols > 4096 && cols <= 8192; }
constexpr int kManyWarps = 16;
bool IsMany(int64_t cols) { return MANY > 0 && cols % 8 == 0 && cols <= 512; }

bool IsAlone(int64_t cols) { return ALONE == 1 && cols % 8 == 0 && cols <= 512; }

int BlocksOf(int64_t rows, int64_t cols) {
  const int64_t turns = IsLarge(cols) ? rows : IsMany(cols) ? (rows + kManyWarps - 1) / kManyWarps : IsAlone(cols) ? (rows + kAlone - 1) / kAlone : IsRing(cols) ? (rows + kWarps / GroupOf(cols) - 1) / (kWarps / GroupOf(cols)) : rows;
  return static_cast<int>(turns < kBlocks ? turns : kBlocks);
}

int Start(void (*kernel)(Arguments), Arguments a, int blocks, int threads, int bytes, cudaStream_t stream) {
  const int fold = kHeader + kWarps * 65 * 4;
  if (bytes < fold) bytes = fold;
  const cudaError_t error = cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  if (FUSED == 0) {
    kernel<<<blocks, threads, bytes, stream>>>(a);
    return static_cast<int>(cudaGetLastError());
  }
  void* arguments[] = {&a};
  return static_cast<int>(cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(kernel), dim3(blocks), dim3(threads), arguments, bytes, stream));
}

template <int GROUP, int PACKS>
int LaunchRing(Arguments a, int blocks, cudaStream_t stream) {
  if constexpr (GROUP > kWarps) {
    return 1;
  } else {
    const int stage = 2 * (kWarps / GROUP) * a.cols * 2, ring = (a.cols > 4096 ? LARGE_RING : RING) * 1024 / kPerSm;
    a.stages = ring / stage < 1 ? 1 : ring / stage > kMaxStages ? kMaxStages : ring / stage;
    return Start(Ring<GROUP, PACKS>, a, blocks, THREADS, kHeader + a.stages * stage, stream);
  }
}

template <int PACKS>
int LaunchByWarp(Arguments a, int blocks, cudaStream_t stream) {
  const int stage = kAlone * 2 * a.cols * 2, ring = MANY_RING * 1024 / kPerSm;
  a.stages = ring / stage < 1 ? 1 : ring / stage > kMaxStages ? kMaxStages : ring / stage;
  return Start(RingByWarp<PACKS>, a, blocks, kAlone * 32, kAlone * kMaxStages * 8 + a.stages * stage, stream);
}

int LaunchAny(Arguments a, int blocks, cudaStream_t stream) {
  if (!IsRing(a.cols)) {
    Plain<<<blocks, 256, 0, stream>>>(a);
    return static_cast<int>(cudaGetLastError());
  }
  if (IsLarge(a.cols)) {
    return Start(Straight<32, 1, 32, 2>, a, blocks, 1024, kGroupHeader, stream);
  }
  if (IsMany(a.cols)) {
    const int sums = kGroupHeader + kManyWarps * a.cols * 4;
    return a.cols <= 256 ? Start(Straight<1, 1, kManyWarps, 2>, a, blocks, kManyWarps * 32, sums, stream)
                         : Start(Straight<1, 2, kManyWarps, 2>, a, blocks, kManyWarps * 32, sums, stream);
  }
  if (IsAlone(a.cols)) return a.cols <= 256 ? LaunchByWarp<1>(a, blocks, stream) : LaunchByWarp<2>(a, blocks, stream);
  const int group = GroupOf(a.cols);
  const bool one = a.cols <= group * 256;
  switch (group) {
    case 1: return LaunchRing<1, 1>(a, blocks, stream);
    case 2: return LaunchRing<2, 1>(a, blocks, stream);
    case 4: return LaunchRing<4, 1>(a, blocks, stream);
    case 8: return LaunchRing<8, 1>(a, blocks, stream);
    case 16: return one ? LaunchRing<16, 1>(a, blocks, stream) : LaunchRing<16, 2>(a, blocks, stream);
    default: return one ? LaunchRing<32, 1>(a, blocks, stream) : LaunchRing<32, 2>(a, blocks, stream);
  }
}

}  // namespace

extern "C" uint64_t ke_workspace_bytes(const ke_call* call) {
  const int64_t rows = call->inputs[1].shape[0], cols = call->inputs[1].shape[1];
  return static_cast<uint64_t>(BlocksOf(rows, cols) * cols * 4);
}

extern "C" int ke_run(const ke_call* call) {
  Arguments a{};
  a.grad_y = static_cast<const Real*>(call->inputs[0].data);
  a.x = static_cast<const Real*>(call->inputs[1].data);
  a.weight = static_cast<const Real*>(call->inputs[2].data);
  a.grad_x = static_cast<Real*>(call->outputs[0].data);
  a.grad_weight = static_cast<Real*>(call->outputs[1].data);
  a.partials = static_cast<float*>(call->workspace);
  a.rows = static_cast<int>(call->inputs[1].shape[0]);
  a.cols = static_cast<int>(call->inputs[1].shape[1]);
  a.eps = static_cast<float>(call->attributes[0]);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const int blocks = BlocksOf(a.rows, a.cols);
  if (const int failed = LaunchAny(a, blocks, stream)) return failed;
  if (FUSED == 1 && IsRing(a.cols)) return 0;
  Fold<<<(a.cols + 31) / 32, dim3(32, 32), 0, stream>>>(a.partials, a.grad_weight, blocks, a.cols);
  return static_cast<int>(cudaGetLastError());
}
