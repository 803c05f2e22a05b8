// Both gradients in one trip: persistent blocks, rows come to a ring in shared
// memory by bulk copies (deep prefetch without registers), W warps share a row,
// the weight's gradient stays in registers; a second kernel adds the partials.
// ke:tune THREADS = 1024 in {512, 1024}
// ke:tune RING = 200 in {64, 96, 128, 200}
// ke:tune STREAM = 1 in {0, 1}
#include <cstdint>

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

using Real = __nv_bfloat16;
constexpr int kWarps = THREADS / 32, kMaxStages = 8;
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

struct Arguments {
  const Real *grad_y, *x, *weight;
  Real *grad_x, *grad_weight;
  float* partials;
  int rows, cols, stages;
  float eps;
};

// GROUP warps share a row, PACKS accesses of 8 elements per thread.
template <int GROUP, int PACKS>
__global__ void __launch_bounds__(THREADS, kPerSm) Ring(Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  constexpr int kRows = kWarps / GROUP, kThreads = GROUP * 32;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32;
  const int mine = warp / GROUP, thread = threadIdx.x % kThreads;
  const unsigned bars = Shared(memory), data = bars + 128 + 2 * 32 * 8;
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
  uint4 w[PACKS];
  float total[PACKS][8];
#pragma unroll
  for (int p = 0; p < PACKS; ++p) {
    const int c = (p * kThreads + thread) * 8;
    w[p] = c < a.cols ? __ldg(reinterpret_cast<const uint4*>(a.weight + c)) : make_uint4(0, 0, 0, 0);
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
    uint4 g[PACKS], x[PACKS];
    float squares = 0, dot = 0;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = (p * kThreads + thread) * 8;
      const unsigned at = data + stage * 2 * half + (mine * a.cols + c) * 2;
      const bool inside = live && c < a.cols;
      g[p] = inside ? Lds(at) : make_uint4(0, 0, 0, 0);
      x[p] = inside ? Lds(at + half) : make_uint4(0, 0, 0, 0);
      const unsigned gw[4] = {g[p].x, g[p].y, g[p].z, g[p].w}, xw[4] = {x[p].x, x[p].y, x[p].z, x[p].w};
      const unsigned ww[4] = {w[p].x, w[p].y, w[p].z, w[p].w};
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        squares = fmaf(Low(xw[i]), Low(xw[i]), squares);
        squares = fmaf(High(xw[i]), High(xw[i]), squares);
        dot = fmaf(Low(gw[i]) * Low(ww[i]), Low(xw[i]), dot);
        dot = fmaf(High(gw[i]) * High(ww[i]), High(xw[i]), dot);
      }
    }
#pragma unroll
    for (int d = 16; d > 0; d /= 2) {
      squares += __shfl_xor_sync(~0u, squares, d);
      dot += __shfl_xor_sync(~0u, dot, d);
    }
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
#pragma unroll
      for (int d = GROUP / 2; d > 0; d /= 2) {
        squares += __shfl_xor_sync(~0u, squares, d);
        dot += __shfl_xor_sync(~0u, dot, d);
      }
    }
    const float scale = rsqrtf(squares * inverse + a.eps), pull = dot * inverse * scale * scale;
#pragma unroll
    for (int p = 0; p < PACKS; ++p) {
      const int c = (p * kThreads + thread) * 8;
      const unsigned gw[4] = {g[p].x, g[p].y, g[p].z, g[p].w}, xw[4] = {x[p].x, x[p].y, x[p].z, x[p].w};
      const unsigned ww[4] = {w[p].x, w[p].y, w[p].z, w[p].w};
      unsigned out[4];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        const float x0 = Low(xw[i]) * scale, x1 = High(xw[i]) * scale;
        total[p][2 * i] = fmaf(Low(gw[i]), x0, total[p][2 * i]);
        total[p][2 * i + 1] = fmaf(High(gw[i]), x1, total[p][2 * i + 1]);
        out[i] = Pack((Low(gw[i]) * Low(ww[i]) - Low(xw[i]) * pull) * scale,
                      (High(gw[i]) * High(ww[i]) - High(xw[i]) * pull) * scale);
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
  if constexpr (kRows > 1) {
    float* sums = reinterpret_cast<float*>(memory + 128 + 2 * 32 * 8);
    for (int r = 0; r < kRows; ++r) {
      __syncthreads();
      if (mine != r) continue;
#pragma unroll
      for (int p = 0; p < PACKS; ++p)
#pragma unroll
        for (int i = 0; i < 8; i += 4) {
          const int c = (p * kThreads + thread) * 8 + i;
          if (c >= a.cols) continue;
          float4 v = make_float4(total[p][i], total[p][i + 1], total[p][i + 2], total[p][i + 3]);
          if (r > 0) {
            const float4 old = *reinterpret_cast<const float4*>(sums + c);
            v.x += old.x, v.y += old.y, v.z += old.z, v.w += old.w;
          }
          *reinterpret_cast<float4*>(r == kRows - 1 ? partial + c : sums + c) = v;
        }
    }
  } else {
#pragma unroll
    for (int p = 0; p < PACKS; ++p)
#pragma unroll
      for (int i = 0; i < 8; i += 4) {
        const int c = (p * kThreads + thread) * 8 + i;
        if (c < a.cols)
          *reinterpret_cast<float4*>(partial + c) = make_float4(total[p][i], total[p][i + 1], total[p][i + 2], total[p][i + 3]);
      }
  }
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

int BlocksOf(int64_t rows, int64_t cols) {
  const int64_t turns = IsRing(cols) ? (rows + kWarps / GroupOf(cols) - 1) / (kWarps / GroupOf(cols)) : rows;
  return static_cast<int>(turns < kBlocks ? turns : kBlocks);
}

template <int GROUP, int PACKS>
int LaunchRing(Arguments a, int blocks, cudaStream_t stream) {
  if constexpr (GROUP > kWarps) {
    return 1;
  } else {
    const int stage = 2 * (kWarps / GROUP) * a.cols * 2, ring = RING * 1024 / kPerSm;
    a.stages = ring / stage < 1 ? 1 : ring / stage > kMaxStages ? kMaxStages : ring / stage;
    const int data = a.stages * stage < 4 * a.cols ? 4 * a.cols : a.stages * stage;
    const int bytes = 128 + 2 * 32 * 8 + data;
    const cudaError_t error = cudaFuncSetAttribute(Ring<GROUP, PACKS>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
    if (error != cudaSuccess) return static_cast<int>(error);
    Ring<GROUP, PACKS><<<blocks, THREADS, bytes, stream>>>(a);
    return static_cast<int>(cudaGetLastError());
  }
}

int LaunchAny(const Arguments& a, int blocks, cudaStream_t stream) {
  if (!IsRing(a.cols)) {
    Plain<<<blocks, 256, 0, stream>>>(a);
    return static_cast<int>(cudaGetLastError());
  }
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
  Fold<<<(a.cols + 31) / 32, dim3(32, 32), 0, stream>>>(a.partials, a.grad_weight, blocks, a.cols);
  return static_cast<int>(cudaGetLastError());
}
