// ke:recipe pffn_resident
// ke:summary fused feed-forward in f16, weights per sample: a persistent block holds a sample's weights in shared memory, wgmma for both products, the hidden layer in registers
// ke:input x f16 [B, N, D]
// ke:input w1 f16 [B, D, K]
// ke:input b1 f16 [B, K]
// ke:input w2 f16 [B, K, D]
// ke:attribute eps
// ke:output y f16 [B, N, D]
// ke:calls erf sqrt
// ke:tune GRID = 132 in {66, 132}
//
// One persistent block per multiprocessor, a sample's weights resident in
// shared memory in chunks of 32 hidden columns; two warpgroups walk tiles of 64
// rows: x w1 from shared memory, gelu in registers, hidden is the register
// operand of the second product. A chunk is refilled for the next sample as
// soon as both groups are through with it.
#include <cstdint>

#include <cuda.h>
#include <cuda_fp16.h>
#include <cuda_runtime.h>

#include <kernelevolve/abi.h>

// ke:bindings

namespace {

constexpr int kMaxChunks = 8;

__device__ __forceinline__ unsigned Shared(const void* p) {
  return static_cast<unsigned>(__cvta_generic_to_shared(p));
}
__device__ __forceinline__ void InitBarrier(unsigned bar, int count) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(bar), "r"(count) : "memory");
}
__device__ __forceinline__ void Expect(unsigned bar, unsigned bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(bar), "r"(bytes) : "memory");
}
__device__ __forceinline__ void Arrive(unsigned bar) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(bar) : "memory");
}
__device__ __forceinline__ void Wait(unsigned bar, unsigned parity) {
  asm volatile(
      "{\n.reg .pred p;\nWAIT_%=:\n"
      "mbarrier.try_wait.parity.shared::cta.b64 p, [%0], %1;\n"
      "@p bra DONE_%=;\nbra WAIT_%=;\nDONE_%=:\n}" ::"r"(bar), "r"(parity) : "memory");
}
__device__ __forceinline__ void Tensor3(unsigned to, const CUtensorMap* map, int x, int y, int z, unsigned bar) {
  asm volatile(
      "cp.async.bulk.tensor.3d.shared::cluster.global.tile.mbarrier::complete_tx::bytes [%0], [%1, {%3, %4, %5}], [%2];" ::"r"(to),
      "l"(map), "r"(bar), "r"(x), "r"(y), "r"(z) : "memory");
}
__device__ __forceinline__ void BulkIn(unsigned to, const void* from, unsigned bytes, unsigned bar) {
  asm volatile(
      "cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%0], [%1], %2, [%3];" ::"r"(to),
      "l"(from), "r"(bytes), "r"(bar) : "memory");
}
// Swizzle 1: 128 bytes, 2: 64 bytes.
__device__ __forceinline__ uint64_t Descriptor(unsigned address, unsigned leading, unsigned stride, uint64_t swizzle) {
  return static_cast<uint64_t>((address & 0x3FFFF) >> 4) | static_cast<uint64_t>(leading >> 4) << 16 |
         static_cast<uint64_t>(stride >> 4) << 32 | swizzle << 62;
}

__device__ __forceinline__ void FirstZero(float (&d)[16], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}, "
      "%16, %17, 0, 1, 1, 0, 1;"
      : "=f"(d[0]), "=f"(d[1]), "=f"(d[2]), "=f"(d[3]), "=f"(d[4]), "=f"(d[5]), "=f"(d[6]), "=f"(d[7]), "=f"(d[8]), "=f"(d[9]), "=f"(d[10]), "=f"(d[11]), "=f"(d[12]), "=f"(d[13]), "=f"(d[14]), "=f"(d[15])
      : "l"(a), "l"(b));
}
__device__ __forceinline__ void First(float (&d)[16], uint64_t a, uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n32k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15}, "
      "%16, %17, 1, 1, 1, 0, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15])
      : "l"(a), "l"(b));
}

__device__ __forceinline__ void Second(float (&d)[32], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31}, "
      "{%32, %33, %34, %35}, %36, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Second(float (&d)[64], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63}, "
      "{%64, %65, %66, %67}, %68, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Second(float (&d)[96], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n192k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95}, "
      "{%96, %97, %98, %99}, %100, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), "+f"(d[78]), "+f"(d[79]), "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), "+f"(d[84]), "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}
__device__ __forceinline__ void Second(float (&d)[128], const unsigned (&a)[4], uint64_t b) {
  asm volatile(
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.f16.f16 {%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, %64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
      "{%128, %129, %130, %131}, %132, 1, 1, 1, 1;"
      : "+f"(d[0]), "+f"(d[1]), "+f"(d[2]), "+f"(d[3]), "+f"(d[4]), "+f"(d[5]), "+f"(d[6]), "+f"(d[7]), "+f"(d[8]), "+f"(d[9]), "+f"(d[10]), "+f"(d[11]), "+f"(d[12]), "+f"(d[13]), "+f"(d[14]), "+f"(d[15]), "+f"(d[16]), "+f"(d[17]), "+f"(d[18]), "+f"(d[19]), "+f"(d[20]), "+f"(d[21]), "+f"(d[22]), "+f"(d[23]), "+f"(d[24]), "+f"(d[25]), "+f"(d[26]), "+f"(d[27]), "+f"(d[28]), "+f"(d[29]), "+f"(d[30]), "+f"(d[31]), "+f"(d[32]), "+f"(d[33]), "+f"(d[34]), "+f"(d[35]), "+f"(d[36]), "+f"(d[37]), "+f"(d[38]), "+f"(d[39]), "+f"(d[40]), "+f"(d[41]), "+f"(d[42]), "+f"(d[43]), "+f"(d[44]), "+f"(d[45]), "+f"(d[46]), "+f"(d[47]), "+f"(d[48]), "+f"(d[49]), "+f"(d[50]), "+f"(d[51]), "+f"(d[52]), "+f"(d[53]), "+f"(d[54]), "+f"(d[55]), "+f"(d[56]), "+f"(d[57]), "+f"(d[58]), "+f"(d[59]), "+f"(d[60]), "+f"(d[61]), "+f"(d[62]), "+f"(d[63]), "+f"(d[64]), "+f"(d[65]), "+f"(d[66]), "+f"(d[67]), "+f"(d[68]), "+f"(d[69]), "+f"(d[70]), "+f"(d[71]), "+f"(d[72]), "+f"(d[73]), "+f"(d[74]), "+f"(d[75]), "+f"(d[76]), "+f"(d[77]), "+f"(d[78]), "+f"(d[79]), "+f"(d[80]), "+f"(d[81]), "+f"(d[82]), "+f"(d[83]), "+f"(d[84]), "+f"(d[85]), "+f"(d[86]), "+f"(d[87]), "+f"(d[88]), "+f"(d[89]), "+f"(d[90]), "+f"(d[91]), "+f"(d[92]), "+f"(d[93]), "+f"(d[94]), "+f"(d[95]), "+f"(d[96]), "+f"(d[97]), "+f"(d[98]), "+f"(d[99]), "+f"(d[100]), "+f"(d[101]), "+f"(d[102]), "+f"(d[103]), "+f"(d[104]), "+f"(d[105]), "+f"(d[106]), "+f"(d[107]), "+f"(d[108]), "+f"(d[109]), "+f"(d[110]), "+f"(d[111]), "+f"(d[112]), "+f"(d[113]), "+f"(d[114]), "+f"(d[115]), "+f"(d[116]), "+f"(d[117]), "+f"(d[118]), "+f"(d[119]), "+f"(d[120]), "+f"(d[121]), "+f"(d[122]), "+f"(d[123]), "+f"(d[124]), "+f"(d[125]), "+f"(d[126]), "+f"(d[127])
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

// Abramowitz and Stegun 7.1.26, error 1.5e-7; NaN stays NaN.
__device__ __forceinline__ float Gelu(float v) {
  const float z = fabsf(v) * 0.7071067811865476f;
  const float t = __fdividef(1.0f, fmaf(0.3275911f, z, 1.0f));
  float p = fmaf(1.061405429f, t, -1.453152027f);
  p = fmaf(p, t, 1.421413741f);
  p = fmaf(p, t, -0.284496736f);
  p = fmaf(p, t, 0.254829592f) * t;
  float e;
  asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(e) : "f"(v * v * -0.7213475204444817f));
  return fmaxf(v, 0.0f) - 0.5f * fabsf(v) * p * e;
}
__device__ __forceinline__ unsigned Pack(float low, float high) {
  const __half2 v = __floats2half2_rn(low, high);
  return *reinterpret_cast<const unsigned*>(&v);
}

struct Arguments {
  const __half *x, *w1, *b1, *w2;
  __half* y;
  int b, n, d, k;
  float eps;
};

__host__ __device__ constexpr int ChunkBytes(int nd) { return nd * 128; }

template <int ND>
__global__ void __launch_bounds__(384, 1)
    Fused(const __grid_constant__ CUtensorMap map_x, const __grid_constant__ CUtensorMap map_1,
          const __grid_constant__ CUtensorMap map_2, const Arguments a) {
  extern __shared__ __align__(128) unsigned char memory[];
  __shared__ __align__(16) __half bias[kMaxChunks][32];
  __shared__ __align__(8) uint64_t barriers[2 * kMaxChunks + 4];
  const unsigned start = (Shared(memory) + 1023) & ~1023u;
  constexpr int kSteps = ND / 16, kBoxes = ND / 64;
  constexpr unsigned chunk_bytes = ChunkBytes(ND), w2_at = ND * 64, x_bytes = kBoxes * 8192;
  const int chunks = (a.k + 31) / 32;
  const unsigned x_at = start + chunks * chunk_bytes;
  const unsigned full = Shared(barriers), empty = full + kMaxChunks * 8, x_full = empty + kMaxChunks * 8, x_empty = x_full + 16;
  const int tiles = (a.n + 63) / 64, group = __shfl_sync(~0u, static_cast<int>(threadIdx.x) / 128, 0);
  if (threadIdx.x == 0) {
    for (int c = 0; c < kMaxChunks; ++c) {
      InitBarrier(full + c * 8, 1);
      InitBarrier(empty + c * 8, 2);
    }
    for (int w = 0; w < 2; ++w) {
      InitBarrier(x_full + w * 8, 1);
      InitBarrier(x_empty + w * 8, 1);
    }
    asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
    asm volatile("fence.proxy.async.shared::cta;" ::: "memory");
  }
  __syncthreads();
  if (group == 2) {
    asm volatile("setmaxnreg.dec.sync.aligned.u32 40;");
    if (threadIdx.x == 256) {  // weights
      unsigned phase = 1;
      for (int b = blockIdx.x; b < a.b; b += gridDim.x, phase ^= 1)
        for (int c = 0; c < chunks; ++c) {
          Wait(empty + c * 8, phase);
          const unsigned bar = full + c * 8, to = start + c * chunk_bytes;
          const unsigned biases = min(32, a.k - c * 32) * 2;
          Expect(bar, chunk_bytes + biases);
          Tensor3(to, &map_1, c * 32, 0, b, bar);
#pragma unroll
          for (int i = 0; i < ND / 64; ++i) Tensor3(to + w2_at + i * 4096, &map_2, i * 64, c * 32, b, bar);
          BulkIn(Shared(bias[c]), a.b1 + static_cast<int64_t>(b) * a.k + c * 32, biases, bar);
        }
    } else if (threadIdx.x == 288) {  // rows of x
      unsigned phase = 3;             // a bit per group
      int turn = 0;
      for (int b = blockIdx.x; b < a.b; b += gridDim.x)
        for (int t = 0; t < tiles; ++t, ++turn) {
          const int w = turn & 1;
          Wait(x_empty + w * 8, phase >> w & 1);
          phase ^= 1u << w;
          Expect(x_full + w * 8, x_bytes);
          for (int i = 0; i < kBoxes; ++i)
            Tensor3(x_at + w * x_bytes + i * 8192, &map_x, i * 64, t * 64, b, x_full + w * 8);
        }
    }
  } else {
    asm volatile("setmaxnreg.inc.sync.aligned.u32 232;");
    const int thread = threadIdx.x % 128, lane = thread % 32, q = lane % 4;
    const unsigned x = x_at + group * x_bytes;
    unsigned x_phase = 0, phase = 0;
    int turn = 0;
    for (int b = blockIdx.x; b < a.b; b += gridDim.x, phase ^= 1) {
      bool any = false;
      // Tiles alternate between the groups, over the samples too.
      const int mine = (turn ^ group) & 1;
      turn += tiles;
      for (int t = mine; t < tiles; t += 2) {
        any = true;
        const bool last = t + 2 >= tiles;
        float acc[ND / 2];
#pragma unroll
        for (int i = 0; i < ND / 2; ++i) acc[i] = 0;
        float squares[2] = {0, 0};
        Wait(x_full + group * 8, x_phase);
        x_phase ^= 1;
        for (int c = 0; c < chunks; ++c) {
          Wait(full + c * 8, phase);
          const unsigned w = start + c * chunk_bytes;
          float h[16];
          asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
          FirstZero(h, Descriptor(x, 16, 1024, 1), Descriptor(w, 2048, 512, 2));
#pragma unroll
          for (int s = 1; s < kSteps; ++s)
            First(h, Descriptor(x + s / 4 * 8192 + s % 4 * 32, 16, 1024, 1), Descriptor(w + s * 1024, 2048, 512, 2));
          asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
          float shift[8];
#pragma unroll
          for (int j = 0; j < 4; ++j)
#pragma unroll
            for (int e = 0; e < 2; ++e)
              shift[2 * j + e] = c * 32 + j * 8 + 2 * q < a.k ? __half2float(bias[c][j * 8 + 2 * q + e]) : 0.0f;
          asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
          if (thread == 0) {
            if (c == chunks - 1) Arrive(x_empty + group * 8);
            if (last && c > 0) Arrive(empty + (c - 1) * 8);
          }
          unsigned left[2][4];
#pragma unroll
          for (int j = 0; j < 4; ++j) {
            float v[4];
#pragma unroll
            for (int e = 0; e < 4; ++e) {
              v[e] = Gelu(h[4 * j + e] + shift[2 * j + e % 2]);
              squares[e / 2] = fmaf(v[e], v[e], squares[e / 2]);
            }
            left[j / 2][j % 2 * 2] = Pack(v[0], v[1]);
            left[j / 2][j % 2 * 2 + 1] = Pack(v[2], v[3]);
          }
          asm volatile("wgmma.fence.sync.aligned;" ::: "memory");
#pragma unroll
          for (int s = 0; s < 2; ++s) Second(acc, left[s], Descriptor(w + w2_at + s * 2048, 4096, 1024, 1));
          asm volatile("wgmma.commit_group.sync.aligned;" ::: "memory");
        }
        asm volatile("wgmma.wait_group.sync.aligned 0;" ::: "memory");
        if (thread == 0 && last) Arrive(empty + (chunks - 1) * 8);
#pragma unroll
        for (int r = 0; r < 2; ++r) {
          float sum = 0, inner = squares[r];
#pragma unroll
          for (int j = 0; j < ND / 8; ++j) {
            sum = fmaf(acc[4 * j + 2 * r], acc[4 * j + 2 * r], sum);
            sum = fmaf(acc[4 * j + 2 * r + 1], acc[4 * j + 2 * r + 1], sum);
          }
#pragma unroll
          for (int s = 1; s < 4; s *= 2) {
            sum += __shfl_xor_sync(~0u, sum, s);
            inner += __shfl_xor_sync(~0u, inner, s);
          }
          inner = rsqrtf(inner / static_cast<float>(a.k) + a.eps);
          const float scale = inner * rsqrtf(inner * inner * sum / static_cast<float>(a.d) + a.eps);
          const int row = t * 64 + thread / 32 * 16 + lane / 4 + r * 8;
          __half* to = a.y + (static_cast<int64_t>(b) * a.n + row) * a.d;
#pragma unroll
          for (int j = 0; j < ND / 8; j += 4) {
            unsigned v[4];
#pragma unroll
            for (int i = 0; i < 4; ++i) v[i] = Pack(acc[(j + i) * 4 + r * 2] * scale, acc[(j + i) * 4 + r * 2 + 1] * scale);
            // A quad's 4 x 4 words change places: a lane gets 16 bytes of a row.
            const bool odd = q & 1, high = q & 2;
            unsigned s0 = __shfl_xor_sync(~0u, odd ? v[0] : v[1], 1), s1 = __shfl_xor_sync(~0u, odd ? v[2] : v[3], 1);
            if (odd) v[0] = s0, v[2] = s1; else v[1] = s0, v[3] = s1;
            s0 = __shfl_xor_sync(~0u, high ? v[0] : v[2], 2), s1 = __shfl_xor_sync(~0u, high ? v[1] : v[3], 2);
            if (high) v[0] = s0, v[1] = s1; else v[2] = s0, v[3] = s1;
            const int d = (j + q) * 8;
            if (row < a.n && d < a.d) __stcs(reinterpret_cast<uint4*>(to + d), make_uint4(v[0], v[1], v[2], v[3]));
          }
        }
      }
      if (!any && thread == 0)
        for (int c = 0; c < chunks; ++c) {
          Wait(full + c * 8, phase);
          Arrive(empty + c * 8);
        }
    }
  }
}

// Any shape: a block per row.
__global__ void __launch_bounds__(128) Plain(Arguments a) {
  extern __shared__ float hidden[];
  __shared__ float parts[4];
  const int64_t row = blockIdx.x, b = row / a.n;
  const __half* x = a.x + row * a.d;
  const auto total = [&](float v) {
#pragma unroll
    for (int s = 16; s > 0; s /= 2) v += __shfl_xor_sync(~0u, v, s);
    __syncthreads();
    if (threadIdx.x % 32 == 0) parts[threadIdx.x / 32] = v;
    __syncthreads();
    return parts[0] + parts[1] + parts[2] + parts[3];
  };
  float squares = 0;
  for (int k = threadIdx.x; k < a.k; k += 128) {
    float v = 0;
    for (int d = 0; d < a.d; ++d) v = fmaf(__half2float(x[d]), __half2float(a.w1[(b * a.d + d) * a.k + k]), v);
    v = Gelu(v + __half2float(a.b1[b * a.k + k]));
    squares += v * v;
    hidden[k] = v;
  }
  const float inner = rsqrtf(total(squares) / static_cast<float>(a.k) + a.eps);
  float* out = hidden + a.k;
  squares = 0;
  for (int d = threadIdx.x; d < a.d; d += 128) {
    float v = 0;
    for (int k = 0; k < a.k; ++k) v = fmaf(hidden[k] * inner, __half2float(a.w2[(b * a.k + k) * a.d + d]), v);
    squares += v * v;
    out[d] = v;
  }
  const float scale = rsqrtf(total(squares) / static_cast<float>(a.d) + a.eps);
  for (int d = threadIdx.x; d < a.d; d += 128) a.y[row * a.d + d] = __float2half_rn(out[d] * scale);
}

using Encode = CUresult (*)(CUtensorMap*, CUtensorMapDataType, cuuint32_t, void*, const cuuint64_t*, const cuuint64_t*,
                            const cuuint32_t*, const cuuint32_t*, CUtensorMapInterleave, CUtensorMapSwizzle,
                            CUtensorMapL2promotion, CUtensorMapFloatOOBfill);

bool MakeMap(Encode encode, CUtensorMap* map, const void* base, int64_t d0, int64_t d1, int64_t d2, unsigned b0, unsigned b1,
             CUtensorMapSwizzle swizzle) {
  const cuuint64_t dims[3] = {static_cast<cuuint64_t>(d0), static_cast<cuuint64_t>(d1), static_cast<cuuint64_t>(d2)};
  const cuuint64_t strides[2] = {static_cast<cuuint64_t>(d0 * 2), static_cast<cuuint64_t>(d0 * d1 * 2)};
  const cuuint32_t box[3] = {b0, b1, 1}, ones[3] = {1, 1, 1};
  return encode(map, CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 3, const_cast<void*>(base), dims, strides, box, ones,
                CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
                CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE) == CUDA_SUCCESS;
}

template <int ND>
int Launch(const Arguments& a, int bytes, cudaStream_t stream) {
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found;
  cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &entry, 12000, cudaEnableDefault, &found);
  if (error != cudaSuccess || entry == nullptr) return 1;
  const auto encode = reinterpret_cast<Encode>(entry);
  alignas(64) CUtensorMap map_x, map_1, map_2;
  if (!MakeMap(encode, &map_x, a.x, a.d, a.n, a.b, 64, 64, CU_TENSOR_MAP_SWIZZLE_128B) ||
      !MakeMap(encode, &map_1, a.w1, a.k, a.d, a.b, 32, (a.d + 63) / 64 * 64, CU_TENSOR_MAP_SWIZZLE_64B) ||
      !MakeMap(encode, &map_2, a.w2, a.d, a.k, a.b, 64, 32, CU_TENSOR_MAP_SWIZZLE_128B))
    return 2;
  error = cudaFuncSetAttribute(Fused<ND>, cudaFuncAttributeMaxDynamicSharedMemorySize, bytes);
  if (error != cudaSuccess) return static_cast<int>(error);
  Fused<ND><<<a.b < GRID ? a.b : GRID, 384, bytes, stream>>>(map_x, map_1, map_2, a);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace

extern "C" int ke_run(const ke_call* call) {
  Arguments a{};
  const ke_tensor &x = call->inputs[IN_x], &w1 = call->inputs[IN_w1];
  a.x = static_cast<const __half*>(x.data);
  a.w1 = static_cast<const __half*>(w1.data);
  a.b1 = static_cast<const __half*>(call->inputs[IN_b1].data);
  a.w2 = static_cast<const __half*>(call->inputs[IN_w2].data);
  a.y = static_cast<__half*>(call->outputs[OUT_y].data);
  a.b = static_cast<int>(x.shape[0]);
  a.n = static_cast<int>(x.shape[1]);
  a.d = static_cast<int>(x.shape[2]);
  a.k = static_cast<int>(w1.shape[2]);
  a.eps = static_cast<float>(call->attributes[ATTR_eps]);
  const auto stream = static_cast<cudaStream_t>(call->stream);
  const int nd = (a.d + 63) / 64 * 64;
  const int bytes = (a.k + 31) / 32 * ChunkBytes(nd) + 2 * ((a.d + 63) / 64) * 8192 + 1024;
  if (a.d % 8 == 0 && a.k % 8 == 0 && a.d <= 256 && a.k <= 32 * kMaxChunks && bytes <= 231000) {
    switch (nd / 64) {
      case 1: return Launch<64>(a, bytes, stream);
      case 2: return Launch<128>(a, bytes, stream);
      case 3: return Launch<192>(a, bytes, stream);
      default: return Launch<256>(a, bytes, stream);
    }
  }
  Plain<<<static_cast<unsigned>(a.b * a.n), 128, (a.k + a.d) * 4, stream>>>(a);
  return static_cast<int>(cudaGetLastError());
}
