// out = (x x') y per sample: y[b] comes to shared memory by bulk copies, x x'
// is made meanwhile on tensor cores straight from global memory, the product
// replaces y in place, and bulk copies take it away.
// ke:tune WARPS = 8 in {4, 8, 12, 16}
// ke:tune TERMS = 1 in {1, 2}
#include <cstdint>

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

namespace {

using Real = __nv_bfloat16;
constexpr int kThreads = WARPS * 32;

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
__device__ __forceinline__ void BulkOut(void* to, unsigned from, unsigned bytes) {
  asm volatile("cp.async.bulk.global.shared::cta.bulk_group [%0], [%1], %2;" ::"l"(to), "r"(from), "r"(bytes) : "memory");
}
__device__ __forceinline__ unsigned Get32(unsigned at) {
  unsigned v;
  asm volatile("ld.shared.b32 %0, [%1];" : "=r"(v) : "r"(at) : "memory");
  return v;
}
__device__ __forceinline__ void Put32(unsigned at, unsigned v) {
  asm volatile("st.shared.b32 [%0], %1;" ::"r"(at), "r"(v) : "memory");
}
__device__ __forceinline__ void Multiply16(float (&c)[4], const unsigned (&a)[4], unsigned b0, unsigned b1) {
  asm volatile(
      "mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}
__device__ __forceinline__ void Multiply8(float (&c)[4], unsigned a0, unsigned a1, unsigned b0) {
  asm volatile(
      "mma.sync.aligned.m16n8k8.row.col.f32.bf16.bf16.f32 {%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
      : "+f"(c[0]), "+f"(c[1]), "+f"(c[2]), "+f"(c[3]) : "r"(a0), "r"(a1), "r"(b0));
}
__device__ __forceinline__ unsigned Pack(float low, float high) {
  const __nv_bfloat162 v = __floats2bfloat162_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&v);
}

struct Arguments {
  const Real *x, *y;
  Real* out;
  int n, d, k, mode, pitch, gram_at;  // pitch in bytes; mode 0 elements, 1 rows, 2 whole
};

// Eight numbers of a row of x from column d on, zeros outside.
__device__ __forceinline__ uint4 EightOf(const Arguments& a, const Real* x, int row, int d) {
  uint4 v = make_uint4(0, 0, 0, 0);
  if (row >= a.n || d >= a.d) return v;
  const Real* from = x + row * a.d + d;
  if (a.d % 8 == 0) return __ldg(reinterpret_cast<const uint4*>(from));
  unsigned words[4] = {};
#pragma unroll
  for (int i = 0; i < 8; ++i)
    if (d + i < a.d) words[i / 2] |= static_cast<unsigned>(__bfloat16_as_ushort(from[i])) << (i % 2 * 16);
  return make_uint4(words[0], words[1], words[2], words[3]);
}

// EIGHTS = rows of a sample / 8, rounded up.
template <int EIGHTS>
__global__ void __launch_bounds__(kThreads) Sample(Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  constexpr int kTilesM = (EIGHTS + 1) / 2, kSteps = EIGHTS / 2;
  constexpr bool kHalf = EIGHTS % 2 == 1;
  // Rows of the gram matrix in shared memory, as bf16 (and its remainder).
  constexpr int kGramPitch = 56 * 2;
  const unsigned bar = Shared(memory), data = bar + 128, gram = bar + a.gram_at;
  const int warp = threadIdx.x / 32, lane = threadIdx.x % 32, q = lane % 4, g = lane / 4;
  const int64_t batch = blockIdx.x;
  const Real* x = a.x + batch * a.n * a.d;
  const Real* y = a.y + batch * a.n * a.k;
  Real* out = a.out + batch * a.n * a.k;

  if (threadIdx.x == 0) {
    asm volatile("mbarrier.init.shared::cta.b64 [%0], 1;" ::"r"(bar) : "memory");
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
    if (a.mode != 0) Expect(bar, a.n * a.k * 2);
    if (a.mode == 2) BulkIn(data, y, a.n * a.k * 2, bar);
  }
  if (warp == 0 && a.mode == 1) {
    __syncwarp();
    for (int r = lane; r < a.n; r += 32) BulkIn(data + r * a.pitch, y + r * a.k, a.k * 2, bar);
  }
  if (a.mode == 0) {
    for (int i = threadIdx.x; i < a.n * a.k; i += kThreads)
      *reinterpret_cast<Real*>(memory + 128 + i / a.k * a.pitch + i % a.k * 2) = y[i];
  }

  // The gram matrix, a tile of 16 rows by 8 columns per warp and turn. The
  // order of d is free as long as both sides share it: 16 bytes per lane.
  for (int tile = warp; tile < kTilesM * EIGHTS; tile += WARPS) {
    const int m = tile / EIGHTS, j = tile % EIGHTS;
    float c[4] = {};
#pragma unroll 4
    for (int d = 8 * q; d < (a.d + 31) / 32 * 32; d += 32) {
      const uint4 top = EightOf(a, x, m * 16 + g, d), low = EightOf(a, x, m * 16 + 8 + g, d);
      const uint4 other = EightOf(a, x, j * 8 + g, d);
      const unsigned first[4] = {top.x, low.x, top.y, low.y}, second[4] = {top.z, low.z, top.w, low.w};
      Multiply16(c, first, other.x, other.y);
      Multiply16(c, second, other.z, other.w);
    }
#pragma unroll
    for (int h = 0; h < 2; ++h) {
      const float v0 = c[2 * h], v1 = c[2 * h + 1];
      const unsigned at = gram + (m * 16 + g + 8 * h) * kGramPitch + (j * 8 + 2 * q) * 2;
      const unsigned high = Pack(v0, v1);
      Put32(at, high);
      if constexpr (TERMS == 2)
        Put32(at + 48 * kGramPitch, Pack(v0 - __uint_as_float(high << 16), v1 - __uint_as_float(high & 0xFFFF0000u)));
    }
  }
  __syncthreads();
  unsigned left[TERMS][kTilesM][2 * EIGHTS];
#pragma unroll
  for (int t = 0; t < TERMS; ++t)
#pragma unroll
    for (int m = 0; m < kTilesM; ++m)
#pragma unroll
      for (int e = 0; e < EIGHTS; ++e)
#pragma unroll
        for (int h = 0; h < 2; ++h)
          left[t][m][2 * e + h] = Get32(gram + t * 48 * kGramPitch + (m * 16 + g + 8 * h) * kGramPitch + (e * 8 + 2 * q) * 2);
  if (a.mode != 0) Wait(bar, 0);

  // A warp takes 16 columns: lane group g has columns 2 g and 2 g + 1, the
  // first column of each pair goes to one product, the second to another.
  for (int k0 = warp * 16; k0 < a.k; k0 += WARPS * 16) {
    const unsigned at = data + (k0 + 2 * g) * 2;
    unsigned words[EIGHTS][2];
#pragma unroll
    for (int e = 0; e < EIGHTS; ++e)
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        const int row = e * 8 + 2 * q + i;
        words[e][i] = row < a.n && k0 + 2 * g < a.k ? Get32(at + row * a.pitch) : 0;
      }
    float acc[2][kTilesM][4] = {};
#pragma unroll
    for (int p = 0; p < 2; ++p)
#pragma unroll
      for (int t = 0; t < TERMS; ++t) {
#pragma unroll
        for (int s = 0; s < kSteps; ++s) {
          const unsigned b0 = __byte_perm(words[2 * s][0], words[2 * s][1], p ? 0x7632 : 0x5410);
          const unsigned b1 = __byte_perm(words[2 * s + 1][0], words[2 * s + 1][1], p ? 0x7632 : 0x5410);
#pragma unroll
          for (int m = 0; m < kTilesM; ++m) {
            const unsigned l4[4] = {left[t][m][4 * s], left[t][m][4 * s + 1], left[t][m][4 * s + 2], left[t][m][4 * s + 3]};
            Multiply16(acc[p][m], l4, b0, b1);
          }
        }
        if constexpr (kHalf) {
          const unsigned b0 = __byte_perm(words[EIGHTS - 1][0], words[EIGHTS - 1][1], p ? 0x7632 : 0x5410);
#pragma unroll
          for (int m = 0; m < kTilesM; ++m)
            Multiply8(acc[p][m], left[t][m][2 * EIGHTS - 2], left[t][m][2 * EIGHTS - 1], b0);
        }
      }
    __syncwarp();  // All lanes have read what is now replaced.
#pragma unroll
    for (int m = 0; m < kTilesM; ++m)
#pragma unroll
      for (int h = 0; h < 2; ++h) {
        const int row = m * 16 + g + 8 * h;
        if ((2 * m + h) >= EIGHTS || row >= a.n) continue;
        // Product 0 has columns 4 q and 4 q + 2, product 1 the ones between.
        const int k = k0 + 4 * q;
        const unsigned to = data + row * a.pitch + k * 2;
        if (a.mode == 0) {
          Real* cell = reinterpret_cast<Real*>(memory + 128 + row * a.pitch);
          if (k < a.k) cell[k] = __float2bfloat16_rn(acc[0][m][2 * h]);
          if (k + 1 < a.k) cell[k + 1] = __float2bfloat16_rn(acc[1][m][2 * h]);
          if (k + 2 < a.k) cell[k + 2] = __float2bfloat16_rn(acc[0][m][2 * h + 1]);
          if (k + 3 < a.k) cell[k + 3] = __float2bfloat16_rn(acc[1][m][2 * h + 1]);
        } else {  // k is even here
          if (k < a.k) Put32(to, Pack(acc[0][m][2 * h], acc[1][m][2 * h]));
          if (k + 2 < a.k) Put32(to + 4, Pack(acc[0][m][2 * h + 1], acc[1][m][2 * h + 1]));
        }
      }
  }
  asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  __syncthreads();
  if (a.mode == 0) {
    for (int i = threadIdx.x; i < a.n * a.k; i += kThreads)
      out[i] = *reinterpret_cast<const Real*>(memory + 128 + i / a.k * a.pitch + i % a.k * 2);
    return;
  }
  if (warp == 0) {
    if (a.mode == 2) {
      if (lane == 0) BulkOut(out, data, a.n * a.k * 2);
    } else {
      for (int r = lane; r < a.n; r += 32) BulkOut(out + r * a.k, data + r * a.pitch, a.k * 2);
    }
    asm volatile("cp.async.bulk.commit_group;" ::: "memory");
    asm volatile("cp.async.bulk.wait_group.read 0;" ::: "memory");
  }
}

template <int EIGHTS>
int Launch(const Arguments& a, unsigned batches, int bytes, cudaStream_t stream) {
  const cudaError_t error = cudaFuncSetAttribute(Sample<EIGHTS>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  Sample<EIGHTS><<<batches, kThreads, bytes, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  Arguments a{};
  const ke_tensor &x = call->inputs[0], &y = call->inputs[1];
  a.x = static_cast<const Real*>(x.data);
  a.y = static_cast<const Real*>(y.data);
  a.out = static_cast<Real*>(call->outputs[0].data);
  a.n = static_cast<int>(x.shape[1]);
  a.d = static_cast<int>(x.shape[2]);
  a.k = static_cast<int>(y.shape[2]);
  const auto batches = static_cast<unsigned>(x.shape[0]);
  // Rows 4 words apart modulo 32 keep the four rows of a load apart.
  a.pitch = (a.k * 2 + 111) / 128 * 128 + 16;
  if (a.k % 8 == 0) {
    a.mode = 1;
  } else if (a.k % 2 == 0 && a.n * a.k % 8 == 0) {
    a.mode = 2;
    a.pitch = a.k * 2;
  }
  a.gram_at = (128 + a.n * a.pitch + 15) / 16 * 16;
  const int eights = (a.n + 7) / 8, gram = 48 * 56 * 2 * TERMS;
  int bytes = a.gram_at + (eights + 1) / 2 * 16 * 56 * 2 + (TERMS == 2 ? 48 * 56 * 2 : 0);
  if (eights == 6) bytes = a.gram_at + gram;
  const auto stream = static_cast<cudaStream_t>(call->stream);
  switch (eights) {
    case 1: return Launch<1>(a, batches, bytes, stream);
    case 2: return Launch<2>(a, batches, bytes, stream);
    case 3: return Launch<3>(a, batches, bytes, stream);
    case 4: return Launch<4>(a, batches, bytes, stream);
    case 5: return Launch<5>(a, batches, bytes, stream);
    case 6: return Launch<6>(a, batches, bytes, stream);
    default: return 1;
  }
}
